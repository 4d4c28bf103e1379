//! Paths without arguments: of attributes, modules, statics.

use tokens::{Ident, Spacing, Span, TokenStream, TokenTree};

use super::cursor::{Cursor, is_punct, span};
use super::word::IdentExt;
use crate::quote::{Code, ToTokens, quote};

/// `a`, `a::b`, `::a::b`
#[derive(Clone, Default)]
pub struct Path {
    /// Whether `::` stands in front.
    pub is_global: bool,
    /// The names.
    pub segments: Vec<Ident>,
    tokens: TokenStream,
}

impl Path {
    /// Where our own crate is, unless somebody says otherwise.
    pub fn isolate() -> Self {
        Self {
            tokens: quote!(::isolate),
            ..Self::default()
        }
    }

    /// All of the tokens, if that is what they are.
    pub fn parse(tokens: TokenStream) -> Option<Self> {
        let mut cursor = Cursor::new(tokens);
        cursor.open();
        let path = Self::read(&mut cursor)?;
        cursor.is_empty().then_some(path)
    }

    /// The path at the cursor.
    pub fn read(cursor: &mut Cursor) -> Option<Self> {
        let mut tokens = TokenStream::new();
        let mut segments = Vec::new();
        let is_global = separator(cursor, &mut tokens);
        loop {
            let name = cursor.word()?;
            tokens.extend([TokenTree::from(name.clone())]);
            segments.push(name);
            if !separator(cursor, &mut tokens) {
                break;
            }
        }
        Some(Self {
            is_global,
            segments,
            tokens,
        })
    }

    /// The only name, if it is one and nothing else.
    pub fn get_ident(&self) -> Option<&Ident> {
        match &self.segments[..] {
            [name] if !self.is_global => Some(name),
            _ => None,
        }
    }

    /// Whether it is this name and nothing else.
    pub fn is_ident(&self, name: &str) -> bool {
        self.get_ident().is_some_and(|known| known.is(name))
    }

    /// Whether this name stands at its end.
    pub fn ends_with(&self, name: &str) -> bool {
        self.segments.last().is_some_and(|known| known.is(name))
    }

    /// As it is written, without spaces.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for name in &self.segments {
            if self.is_global || !text.is_empty() {
                text.push_str("::");
            }
            text.push_str(&name.to_string());
        }
        text
    }

    /// The first token's place.
    pub fn span(&self) -> Span {
        span(&self.tokens)
    }
}

impl From<Ident> for Path {
    fn from(name: Ident) -> Self {
        Self {
            is_global: false,
            tokens: name.to_token_stream(),
            segments: vec![name],
        }
    }
}

impl ToTokens for Path {
    fn to_tokens(&self, code: &mut Code) {
        code.stream(self.tokens.clone());
    }
}

/// Takes `::`.
fn separator(cursor: &mut Cursor, tokens: &mut TokenStream) -> bool {
    let is = is_separator(cursor);
    if is {
        tokens.extend(cursor.take(2));
    }
    is
}

/// Whether `::` comes next.
pub fn is_separator(cursor: &Cursor) -> bool {
    let is_joint = matches!(cursor.rest().first(), Some(TokenTree::Punct(colon)) if colon.spacing() == Spacing::Joint);
    is_joint && is_punct(cursor.rest().first(), ':') && is_punct(cursor.rest().get(1), ':')
}
