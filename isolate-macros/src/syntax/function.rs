//! Functions, up to their bodies.

use tokens::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::angles::{Angles, split};
use super::attribute::Attribute;
use super::cursor::{Cursor, is_punct, is_word};
use super::error::{Error, Result};
use super::item::Item;
use super::parameter::{FnArg, inputs};
use crate::quote::{Code, ToTokens, quote};

/// A function whose body we pass on as it is.
pub struct Function {
    /// Outer attributes.
    pub attributes: Vec<Attribute>,
    /// `pub`, …
    pub visibility: TokenStream,
    /// All of it: what can't be is for the next stage to say.
    pub signature: Signature,
    /// With its braces.
    pub body: Group,
}

/// What stands between visibility and body.
pub struct Signature {
    /// `const`, `async`, `unsafe`, `extern "C"`
    pub qualifiers: Vec<TokenTree>,
    /// `fn`
    pub keyword: Ident,
    /// The name.
    pub ident: Ident,
    /// `<…>`, or nothing.
    pub generics: TokenStream,
    /// The parameters.
    pub inputs: Vec<FnArg>,
    /// `...` behind them.
    pub variadic: Option<TokenStream>,
    /// What it returns; `None` is `()`.
    pub output: Option<Output>,
    /// `where …`, or nothing.
    pub clause: TokenStream,
    brackets: Group,
}

/// `-> T`
#[derive(Clone)]
pub struct Output {
    /// The type.
    pub ty: TokenStream,
    arrow: TokenStream,
}

impl Function {
    /// Takes an item that is a function; fails if it has no body.
    pub fn new(item: Item) -> Result<Self> {
        let Item {
            attributes,
            visibility,
            mut tokens,
        } = item;
        let last = tokens.pop();
        let body = match last {
            Some(TokenTree::Group(body)) => opened(body),
            other => return Err(Error::new_spanned(other, "a test needs a body")),
        };
        Ok(Self {
            attributes,
            visibility,
            signature: Signature::parse(tokens).map_err(|cursor| cursor.error("expected a function"))?,
            body,
        })
    }
}

/// A block without invisible brackets: `macro_rules` pass on a `$body:block` in them.
fn opened(mut body: Group) -> Group {
    while body.delimiter() == Delimiter::None
        && let Some(TokenTree::Group(inner)) = body.stream().into_iter().next()
    {
        body = inner;
    }
    body
}

impl Signature {
    fn parse(tokens: Vec<TokenTree>) -> std::result::Result<Self, Cursor> {
        let mut cursor = Cursor::new(tokens.into_iter().collect());
        let before = cursor
            .rest()
            .iter()
            .take_while(|token| !is_word(Some(token), "fn"))
            .count();
        let qualifiers = cursor.take(before);
        let (Some(keyword), Some(ident)) = (cursor.word(), cursor.word()) else {
            return Err(cursor);
        };
        let generics = until(&mut cursor, |token| matches!(token, TokenTree::Group(_)));
        let Some(brackets) = cursor.group(Delimiter::Parenthesis) else {
            return Err(cursor);
        };
        let output = is_punct(cursor.rest().first(), '-').then(|| Output {
            arrow: cursor.take(2).into_iter().collect(),
            ty: until(&mut cursor, |token| is_word(Some(token), "where")),
        });
        let (inputs, variadic) = inputs(brackets.stream());
        Ok(Self {
            qualifiers,
            keyword,
            ident,
            generics,
            inputs,
            variadic,
            output,
            clause: cursor.finish(),
            brackets,
        })
    }

    /// `const`, `async`, …, if it has that.
    pub fn qualifier(&self, keyword: &str) -> Option<&TokenTree> {
        self.qualifiers.iter().find(|token| is_word(Some(token), keyword))
    }

    /// Whether it is `async`.
    pub fn is_async(&self) -> bool {
        self.qualifier("async").is_some()
    }

    /// What the function is generic over.
    pub fn parameters(&self) -> Vec<TokenStream> {
        let tokens: Vec<TokenTree> = self.generics.clone().into_iter().collect();
        match &tokens[..] {
            [_, parameters @ .., _] => split(parameters),
            _ => Vec::new(),
        }
    }

    /// Parameters in the brackets that the user wrote, so that rustc and clippy show there what they say of them.
    pub fn bracketed(&self, parameters: TokenStream) -> TokenTree {
        let mut brackets = Group::new(Delimiter::Parenthesis, parameters);
        brackets.set_span(self.brackets.span());
        brackets.into()
    }
}

impl ToTokens for Signature {
    fn to_tokens(&self, code: &mut Code) {
        let mut inputs = TokenStream::new();
        for input in &self.inputs {
            inputs.extend(quote!(#input,));
        }
        inputs.extend(self.variadic.clone());
        self.qualifiers.to_tokens(code);
        self.keyword.to_tokens(code);
        self.ident.to_tokens(code);
        self.generics.to_tokens(code);
        code.token(self.bracketed(inputs));
        self.output.to_tokens(code);
        self.clause.to_tokens(code);
    }
}

impl ToTokens for Output {
    fn to_tokens(&self, code: &mut Code) {
        self.arrow.to_tokens(code);
        self.ty.to_tokens(code);
    }
}

/// The tokens in front of the first that `is_end`, outside of `<…>`.
fn until(cursor: &mut Cursor, is_end: impl Fn(&TokenTree) -> bool) -> TokenStream {
    let mut angles = Angles::default();
    let rest = cursor.rest();
    let end = rest.iter().position(|token| angles.is_outside(token) && is_end(token));
    let count = end.unwrap_or(rest.len());
    cursor.take(count).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use tokens::TokenStream;

    use super::{Function, Item};
    use crate::quote::quote;

    fn function(tokens: TokenStream) -> Function {
        Function::new(Item::parse(tokens)).unwrap()
    }

    #[test]
    fn goes_through_unchanged() {
        for tokens in [
            quote!(
                fn f() {}
            ),
            quote!(
                pub(in a::b) const async unsafe extern "C" fn f(self, a: u8, ...) -> u8 {
                    1
                }
            ),
            quote!(
                fn f<'a, T: Fn(u8) -> Map<K, V>, const N: usize = { 3 }>(a: T)
                where
                    T: Into<B<{ 1 }>>,
                {
                    x;
                }
            ),
            quote!(
                fn f(#[case] (a, b): (A, B), c::D { e: f }: c::D<E, F>, g: ::h::I) -> Result<A, fn() -> B> {}
            ),
        ] {
            let Function {
                visibility,
                signature,
                body,
                ..
            } = function(tokens.clone());
            let text = quote!(#visibility #signature #body).to_string();
            assert_eq!(text.replace(" ,)", ")"), tokens.to_string());
        }
    }
}
