//! What an attribute stands on.

use tokens::{Delimiter, TokenStream, TokenTree};

use super::attribute::Attribute;
use super::cursor::{Cursor, is_punct, is_word};
use super::error::Error;
use super::word::IdentExt;
use crate::quote::{Code, ToTokens};

/// An item, as far as all items are the same.
#[derive(Clone)]
pub struct Item {
    /// Outer attributes.
    pub attributes: Vec<Attribute>,
    /// `pub`, …
    pub visibility: TokenStream,
    /// What follows.
    pub tokens: Vec<TokenTree>,
}

impl Item {
    /// All of the tokens, which are one item.
    pub fn parse(tokens: TokenStream) -> Self {
        let mut cursor = Cursor::new(tokens);
        let (attributes, visibility) = Self::read_front(&mut cursor);
        Self {
            attributes,
            visibility,
            tokens: cursor.finish().into_iter().collect(),
        }
    }

    /// Attributes and visibility.
    pub(super) fn read_front(cursor: &mut Cursor) -> (Vec<Attribute>, TokenStream) {
        cursor.open();
        let attributes = Attribute::read_all(cursor);
        cursor.open();
        let mut visibility = TokenStream::new();
        if is_word(cursor.rest().first(), "pub") {
            visibility.extend(cursor.next());
            visibility.extend(cursor.group(Delimiter::Parenthesis).map(TokenTree::from));
            cursor.open();
        }
        (attributes, visibility)
    }

    /// Whether this keyword comes first.
    pub fn is(&self, keyword: &str) -> bool {
        is_word(self.tokens.first(), keyword)
    }

    /// Where `fn` stands, if it is a function.
    pub fn function(&self) -> Option<usize> {
        let is_before = |token: &TokenTree| match token {
            TokenTree::Ident(word) => ["const", "async", "unsafe", "safe", "extern"]
                .iter()
                .any(|known| word.is(known)),
            TokenTree::Literal(_) => true,
            _ => false,
        };
        let at = self.tokens.iter().position(|token| !is_before(token))?;
        is_word(self.tokens.get(at), "fn").then_some(at)
    }

    /// Whether it is a call of a macro, `path::name! { … }`.
    #[cfg(feature = "runtime")]
    pub fn is_macro_call(&self) -> bool {
        let is_path = |token: &TokenTree| matches!(token, TokenTree::Ident(_)) || is_punct(Some(token), ':');
        let end = self.tokens.iter().position(|token| !is_path(token));
        end.is_some_and(|end| end > 0 && self.has(end, '!'))
    }

    /// Its name, if that stands behind the token at `keyword`.
    pub fn name(&self, keyword: usize) -> Option<&tokens::Ident> {
        match self.tokens.get(keyword + 1) {
            Some(TokenTree::Ident(name)) => Some(name),
            _ => None,
        }
    }

    /// A mistake at the keyword.
    pub fn error(&self, message: &str) -> Error {
        match self.tokens.first() {
            Some(token) => Error::new(token.span(), message),
            None => Error::new_spanned(self, message),
        }
    }

    /// Whether a mark stands at this place.
    pub fn has(&self, at: usize, mark: char) -> bool {
        is_punct(self.tokens.get(at), mark)
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, code: &mut Code) {
        self.attributes.to_tokens(code);
        self.visibility.to_tokens(code);
        self.tokens.to_tokens(code);
    }
}
