//! What a variable in a template may be.

use tokens::{Group, Ident, Literal, Span, TokenStream, TokenTree};

use super::code::Code;

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
