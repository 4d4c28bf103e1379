//! Tokens, read from the front.

use std::vec::IntoIter;

use tokens::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::error::Error;
use super::word::IdentExt;

/// What is left of some tokens.
pub struct Cursor(IntoIter<TokenTree>);

impl Cursor {
    /// Begins with the first token.
    pub fn new(tokens: TokenStream) -> Self {
        Self(tokens.into_iter().collect::<Vec<_>>().into_iter())
    }

    /// All tokens that are left.
    pub fn rest(&self) -> &[TokenTree] {
        self.0.as_slice()
    }

    /// Whether no token is left.
    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// Takes the next token.
    pub fn next(&mut self) -> Option<TokenTree> {
        self.0.next()
    }

    /// Takes the next tokens.
    pub fn take(&mut self, count: usize) -> Vec<TokenTree> {
        self.0.by_ref().take(count).collect()
    }

    /// Takes all tokens that are left.
    pub fn finish(self) -> TokenStream {
        self.0.collect()
    }

    /// Takes the next token, if it is a name or a keyword.
    pub fn word(&mut self) -> Option<Ident> {
        let Some(TokenTree::Ident(word)) = self.rest().first() else {
            return None;
        };
        let word = word.clone();
        self.next();
        Some(word)
    }

    /// Takes the next token, if it is a pair of brackets with something between them.
    pub fn group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.rest().first() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
                let group = group.clone();
                self.next();
                Some(group)
            }
            _ => None,
        }
    }

    /// Opens invisible brackets, in which `macro_rules` pass on what they matched.
    pub fn open(&mut self) {
        while let Some(group) = self.group(Delimiter::None) {
            let mut tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            tokens.extend_from_slice(self.rest());
            self.0 = tokens.into_iter();
        }
    }

    /// A mistake at the next token.
    pub fn error(&self, message: impl Into<String>) -> Error {
        let span = self.rest().first().map_or_else(Span::call_site, TokenTree::span);
        Error::new(span, message)
    }
}

/// Whether there is a token, and it is this mark.
pub fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

/// Whether there is a token, and it is this name or keyword.
pub fn is_word(token: Option<&TokenTree>, text: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word.is(text))
}

/// The first token's place.
pub fn span(tokens: &TokenStream) -> Span {
    let first = tokens.clone().into_iter().next();
    first.map_or_else(Span::call_site, |token| token.span())
}
