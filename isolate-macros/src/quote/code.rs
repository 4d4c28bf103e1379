//! Tokens, put together one by one.

use tokens::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Tokens so far. The compiler is asked for as few streams as can be, since each is a call.
pub struct Code {
    span: Span,
    streams: Vec<TokenStream>,
    last: Vec<TokenTree>,
}

impl Code {
    /// Nothing so far; tokens of the template get this span.
    pub fn new(span: Span) -> Self {
        Self {
            span,
            streams: Vec::new(),
            last: Vec::new(),
        }
    }

    /// Nothing so far, to be put in brackets.
    pub fn inside(&self) -> Self {
        Self::new(self.span)
    }

    /// Takes all tokens.
    pub fn finish(&mut self) -> TokenStream {
        if !self.last.is_empty() {
            let last = std::mem::take(&mut self.last).into_iter().collect();
            self.streams.push(last);
        }
        let mut streams = std::mem::take(&mut self.streams);
        match streams.len() {
            1 => streams.remove(0),
            _ => streams.into_iter().collect(),
        }
    }

    /// Adds tokens.
    pub fn stream(&mut self, stream: TokenStream) {
        if !self.last.is_empty() {
            let last = std::mem::take(&mut self.last).into_iter().collect();
            self.streams.push(last);
        }
        self.streams.push(stream);
    }

    /// Adds a token as it is.
    pub fn token(&mut self, token: TokenTree) {
        self.last.push(token);
    }

    fn own(&mut self, mut token: TokenTree) {
        token.set_span(self.span);
        self.last.push(token);
    }

    /// Adds a name or a keyword.
    pub fn word(&mut self, text: &str) {
        self.last.push(TokenTree::Ident(match text.strip_prefix("r#") {
            Some(bare) => Ident::new_raw(bare, self.span),
            None => Ident::new(text, self.span),
        }));
    }

    /// Adds `'name`.
    #[cfg_attr(
        not(feature = "runtime"),
        allow(dead_code, reason = "no template of singletons has one")
    )]
    pub fn lifetime(&mut self, text: &str) {
        self.own(Punct::new('\'', Spacing::Joint).into());
        self.word(&text[1..]);
    }

    /// Adds a literal.
    pub fn literal(&mut self, text: &str) {
        let simple = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let literal = match simple.filter(|text| !text.contains('\\')) {
            Some(text) => Some(Literal::string(text)),
            None => text.parse().ok(),
        };
        if let Some(literal) = literal {
            self.own(literal.into());
        }
    }

    /// Adds a mark of one or more characters.
    pub fn mark(&mut self, text: &str) {
        if text == "_" {
            return self.word(text);
        }
        let last = text.len() - 1;
        for (i, mark) in text.char_indices() {
            let spacing = if i == last { Spacing::Alone } else { Spacing::Joint };
            self.own(Punct::new(mark, spacing).into());
        }
    }

    /// Adds tokens in brackets.
    pub fn group(&mut self, delimiter: Delimiter, inside: &mut Self) {
        self.own(Group::new(delimiter, inside.finish()).into());
    }
}
