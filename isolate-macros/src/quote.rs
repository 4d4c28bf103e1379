//! Code from templates, as the crate `quote` has it: `#name` stands for a variable. Lists are printed one after another,
//! without anything between; there is no `#(…)*`.

use tokens::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// The tokens of a template.
macro_rules! quote {
    ($($token:tt)*) => {
        $crate::quote::quote_spanned!(tokens::Span::call_site()=> $($token)*)
    };
}

/// The same, with a span for all tokens but those of variables.
macro_rules! quote_spanned {
    ($span:expr=> $($token:tt)*) => {{
        let code = &mut $crate::quote::Code::new($span);
        $crate::quote::each!(code ((@end) $($token)*) ($($token)* (@end)));
        code.finish()
    }};
}

/// Adds each token, knowing the one before.
macro_rules! each {
    ($code:ident ($($before:tt)*) ($($token:tt)*)) => {
        $($crate::quote::one!($code $before $token);)*
    };
}

macro_rules! one {
    ($code:ident # $variable:ident) => {
        $crate::quote::ToTokens::to_tokens(&$variable, $code)
    };
    ($code:ident # (@end)) => {
        $code.mark("#")
    };
    ($code:ident # ($($token:tt)*)) => {
        compile_error!("collect it in front")
    };
    ($code:ident # $token:tt) => {
        $code.mark("#");
        $crate::quote::one!($code (@end) $token)
    };
    ($code:ident $before:tt #) => {};
    ($code:ident $before:tt (@end)) => {};
    ($code:ident $before:tt ($($token:tt)*)) => {
        $crate::quote::group!($code Parenthesis $($token)*)
    };
    ($code:ident $before:tt [$($token:tt)*]) => {
        $crate::quote::group!($code Bracket $($token)*)
    };
    ($code:ident $before:tt {$($token:tt)*}) => {
        $crate::quote::group!($code Brace $($token)*)
    };
    ($code:ident $before:tt $word:ident) => {
        $code.word(stringify!($word))
    };
    ($code:ident $before:tt $lifetime:lifetime) => {
        $code.lifetime(stringify!($lifetime))
    };
    // Or it would be taken for the beginning of a literal.
    ($code:ident $before:tt -) => {
        $code.mark("-")
    };
    ($code:ident $before:tt $literal:literal) => {
        $code.literal(stringify!($literal))
    };
    ($code:ident $before:tt $mark:tt) => {
        $code.mark(stringify!($mark))
    };
}

macro_rules! group {
    ($code:ident $delimiter:ident $($token:tt)*) => {{
        let inside = &mut $code.inside();
        $crate::quote::each!(inside ((@end) $($token)*) ($($token)* (@end)));
        $code.group(tokens::Delimiter::$delimiter, inside)
    }};
}

pub(crate) use {each, group, one, quote, quote_spanned};

/// Tokens so far. The compiler is asked for as few streams as can be, since each is a call.
pub struct Code {
    span: Span,
    streams: Vec<TokenStream>,
    last: Vec<TokenTree>,
}

/// What can be written down as code.
pub trait ToTokens {
    /// Writes it behind `code`.
    fn to_tokens(&self, code: &mut Code);

    /// Writes it alone.
    fn to_token_stream(&self) -> TokenStream {
        let mut code = Code::new(Span::call_site());
        self.to_tokens(&mut code);
        code.finish()
    }
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

impl ToTokens for TokenStream {
    fn to_tokens(&self, code: &mut Code) {
        code.stream(self.clone());
    }

    fn to_token_stream(&self) -> TokenStream {
        self.clone()
    }
}

impl ToTokens for TokenTree {
    fn to_tokens(&self, code: &mut Code) {
        code.token(self.clone());
    }
}

impl ToTokens for Ident {
    fn to_tokens(&self, code: &mut Code) {
        code.token(self.clone().into());
    }
}

impl ToTokens for Group {
    fn to_tokens(&self, code: &mut Code) {
        code.token(self.clone().into());
    }
}

impl ToTokens for str {
    fn to_tokens(&self, code: &mut Code) {
        code.token(Literal::string(self).into());
    }
}

impl ToTokens for String {
    fn to_tokens(&self, code: &mut Code) {
        self.as_str().to_tokens(code);
    }
}

impl ToTokens for u32 {
    fn to_tokens(&self, code: &mut Code) {
        code.token(Literal::u32_suffixed(*self).into());
    }
}

impl ToTokens for u64 {
    fn to_tokens(&self, code: &mut Code) {
        code.token(Literal::u64_suffixed(*self).into());
    }
}

impl ToTokens for usize {
    fn to_tokens(&self, code: &mut Code) {
        code.token(Literal::usize_suffixed(*self).into());
    }
}

impl ToTokens for u8 {
    fn to_tokens(&self, code: &mut Code) {
        code.token(Literal::u8_suffixed(*self).into());
    }
}

impl ToTokens for bool {
    fn to_tokens(&self, code: &mut Code) {
        let word = if *self { "true" } else { "false" };
        code.token(Ident::new(word, Span::call_site()).into());
    }
}

impl<T: ToTokens> ToTokens for Option<T> {
    fn to_tokens(&self, code: &mut Code) {
        if let Some(value) = self {
            value.to_tokens(code);
        }
    }
}

impl<T: ToTokens + ?Sized> ToTokens for &T {
    fn to_tokens(&self, code: &mut Code) {
        (**self).to_tokens(code);
    }
}

impl<T: ToTokens> ToTokens for [T] {
    fn to_tokens(&self, code: &mut Code) {
        for value in self {
            value.to_tokens(code);
        }
    }
}

impl<T: ToTokens> ToTokens for Vec<T> {
    fn to_tokens(&self, code: &mut Code) {
        self[..].to_tokens(code);
    }
}

#[cfg(test)]
mod tests {
    use tokens::{Span, TokenStream};

    /// Without what the compiler doesn't tell a macro: whether marks of two tokens touch.
    fn shape(tokens: &TokenStream) -> String {
        format!("{tokens:?}").replace("Joint", "Alone")
    }

    macro_rules! same {
        ($($token:tt)*) => {
            let expected = stringify!($($token)*).parse().unwrap();
            assert_eq!(shape(&quote!($($token)*)), shape(&expected));
        };
    }

    #[test]
    fn writes_what_stands_there() {
        same!();
        same!(
            fn f<'a>(x: &'a mut u8) -> Vec<<A as B>::C> {
                x += 1;
                _ = -2.5e3;
                [b'a', "x\n", r#"y"#];
            }
        );
        same!(#[a] #![b = "c"] ::d::<'static>(|| e && r#type..=f => true ?));
        assert_eq!(quote!(a::b -> c <<= 'd).to_string(), "a :: b -> c <<= 'd");
    }

    #[test]
    fn puts_variables_in_place() {
        let (name, list, none) = (quote!(a.b), vec![quote!(c), quote!(d;)], None::<String>);
        let (text, number) = ("say \"so\"", 5u64);
        assert_eq!(
            quote!(#name { #list } #[x(#none)] (#text, #number) #).to_string(),
            quote!(a.b { c d; } #[x()] ("say \"so\"", 5u64) #).to_string(),
        );
        let _ = quote_spanned!(Span::call_site()=> #name);
    }
}
