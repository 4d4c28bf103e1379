//! Attributes.

use tokens::{Delimiter, Group, TokenStream, TokenTree};

use super::cursor::{Cursor, is_punct};
use super::path::Path;
use crate::quote::{Code, ToTokens, quote};

/// `#[…]`
#[derive(Clone)]
pub struct Attribute {
    /// What stands in the brackets.
    pub meta: Meta,
    hash: TokenTree,
    brackets: Group,
}

/// What stands in the brackets of an attribute, or behind the condition of a `cfg_attr`.
#[derive(Clone, Default)]
pub struct Meta {
    /// Its name.
    pub path: Path,
    /// What stands behind the name.
    pub value: Value,
}

/// What stands behind a name.
#[derive(Clone, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    None,
    /// `= tokens`
    Assigned(TokenStream),
    /// `(tokens)`
    List(Group),
}

impl Attribute {
    /// Those at the cursor, without inner ones.
    pub fn read_all(cursor: &mut Cursor) -> Vec<Self> {
        let mut attributes = Vec::new();
        while is_punct(cursor.rest().first(), '#')
            && let Some(TokenTree::Group(brackets)) = cursor.rest().get(1)
        {
            let (meta, brackets) = (Meta::parse(brackets.stream()).unwrap_or_default(), brackets.clone());
            attributes.extend(cursor.next().map(|hash| Self { meta, hash, brackets }));
            cursor.next();
        }
        attributes
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.meta.path
    }

    /// What stands in the brackets behind its name, if there are any.
    pub fn list(&self) -> Option<TokenStream> {
        match &self.meta.value {
            Value::List(list) => Some(list.stream()),
            _ => None,
        }
    }

    /// Replaces what stands behind its name by a list.
    pub fn set_list(&mut self, tokens: TokenStream) {
        let list = Group::new(Delimiter::Parenthesis, tokens);
        let (path, span) = (&self.meta.path, self.brackets.span());
        self.brackets = Group::new(Delimiter::Bracket, quote!(#path #list));
        self.brackets.set_span(span);
        self.meta.value = Value::List(list);
    }
}

impl ToTokens for Attribute {
    fn to_tokens(&self, code: &mut Code) {
        code.token(self.hash.clone());
        code.token(self.brackets.clone().into());
    }
}

impl Meta {
    /// All of the tokens, if that is what they are.
    pub fn parse(tokens: TokenStream) -> Option<Self> {
        let mut cursor = Cursor::new(tokens);
        cursor.open();
        let path = Path::read(&mut cursor)?;
        let value = match cursor.next() {
            None => Value::None,
            Some(TokenTree::Group(list)) if cursor.is_empty() => Value::List(list),
            Some(mark) if is_punct(Some(&mark), '=') => Value::Assigned(cursor.finish()),
            Some(_) => return None,
        };
        Some(Self { path, value })
    }
}
