//! Mistakes, and how rustc hears of them.

use tokens::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};

use crate::quote::{ToTokens, quote_spanned};

/// What a stage returns.
pub type Result<T> = std::result::Result<T, Error>;

/// One mistake or more, each with its place.
#[derive(Debug)]
pub struct Error(Vec<Mistake>);

#[derive(Debug)]
struct Mistake {
    start: Span,
    end: Span,
    message: String,
}

impl Error {
    /// A mistake at one token.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self::between(span, span, message.into())
    }

    /// A mistake that all of these tokens make up; the attribute itself, if there are none.
    pub fn new_spanned(tokens: impl ToTokens, message: impl Into<String>) -> Self {
        Self::at(&tokens, message.into())
    }

    /// The same, for any tokens at all.
    pub fn at(tokens: &dyn ToTokens, message: String) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter();
        let start = tokens.next().map_or_else(Span::call_site, |token| token.span());
        let end = tokens.last().map_or(start, |token| token.span());
        Self::between(start, end, message)
    }

    fn between(start: Span, end: Span, message: String) -> Self {
        Self(vec![Mistake { start, end, message }])
    }

    /// Adds mistakes.
    pub fn combine(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The code that makes rustc say it.
    pub fn into_compile_error(self) -> TokenStream {
        let mut tokens = TokenStream::new();
        for Mistake { start, end, message } in self.0 {
            let mut message = Literal::string(&message);
            message.set_span(end);
            let mut braces = Group::new(Delimiter::Brace, TokenTree::from(message).into());
            braces.set_span(end);
            tokens.extend(quote_spanned!(start=> ::core::compile_error! #braces));
        }
        tokens
    }

    /// What it says.
    #[cfg(test)]
    pub fn messages(&self) -> Vec<&str> {
        self.0.iter().map(|mistake| mistake.message.as_str()).collect()
    }
}
