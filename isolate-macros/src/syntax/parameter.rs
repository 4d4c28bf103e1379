//! The parameters of functions.

use tokens::{Delimiter, Ident, TokenStream, TokenTree};

use super::angles::split;
use super::attribute::Attribute;
use super::cursor::{Cursor, is_punct, is_word};
use super::path::is_separator;
use super::word::IdentExt;
use crate::quote::{Code, ToTokens};

/// One parameter.
#[derive(Clone)]
pub enum FnArg {
    /// `self`, in any form.
    Receiver(TokenStream),
    /// `pattern: type`
    Typed(PatType),
}

/// A parameter that isn't `self`.
#[derive(Clone)]
pub struct PatType {
    /// Outer attributes.
    pub attributes: Vec<Attribute>,
    /// What stands in front of the colon.
    pub pattern: TokenStream,
    /// The name, if that is all there is to the pattern.
    pub name: Option<Ident>,
    /// The type.
    pub ty: TokenStream,
    colon: TokenTree,
}

impl ToTokens for FnArg {
    fn to_tokens(&self, code: &mut Code) {
        match self {
            Self::Receiver(receiver) => receiver.to_tokens(code),
            Self::Typed(typed) => typed.to_tokens(code),
        }
    }
}

impl ToTokens for PatType {
    fn to_tokens(&self, code: &mut Code) {
        self.attributes.to_tokens(code);
        self.pattern.to_tokens(code);
        code.token(self.colon.clone());
        self.ty.to_tokens(code);
    }
}

/// Those between the brackets, and the `...` behind them.
pub fn inputs(tokens: TokenStream) -> (Vec<FnArg>, Option<TokenStream>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut inputs = Vec::new();
    let mut variadic = None;
    for part in split(&tokens) {
        let mut cursor = Cursor::new(part.clone());
        let attributes = Attribute::read_all(&mut cursor);
        let pattern = pattern(&mut cursor);
        let is_self = is_word(pattern.last(), "self");
        match cursor.next() {
            Some(colon) if !is_self => {
                if is_punct(cursor.rest().first(), '.') {
                    variadic = Some(cursor.finish());
                    continue;
                }
                inputs.push(FnArg::Typed(PatType {
                    attributes,
                    name: name(&pattern),
                    pattern: pattern.into_iter().collect(),
                    colon,
                    ty: cursor.finish(),
                }));
            }
            _ if is_punct(pattern.first(), '.') => variadic = Some(pattern.into_iter().collect()),
            _ => inputs.push(FnArg::Receiver(part)),
        }
    }
    (inputs, variadic)
}

/// The tokens in front of the colon.
fn pattern(cursor: &mut Cursor) -> Vec<TokenTree> {
    let mut pattern = Vec::new();
    while !cursor.is_empty() && (is_separator(cursor) || !is_punct(cursor.rest().first(), ':')) {
        let count = if is_separator(cursor) { 2 } else { 1 };
        pattern.extend(cursor.take(count));
    }
    pattern
}

/// `name` or `mut name`
fn name(pattern: &[TokenTree]) -> Option<Ident> {
    match pattern {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            name(&group.stream().into_iter().collect::<Vec<_>>())
        }
        [TokenTree::Ident(name)] if !name.is("_") => Some(name.clone()),
        [TokenTree::Ident(mutable), TokenTree::Ident(name)] if mutable.is("mut") => Some(name.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{FnArg, inputs};
    use crate::quote::{ToTokens, quote};

    #[test]
    fn knows_parameters_by_name() {
        let (inputs, _) = inputs(quote! {
            a: ::b::C, mut d: Map<E, F>, _: G, ref h: I, j @ 1: u8, (k, l): M, n::O(p): Q, r#fn: &'a [S; 2]
        });
        let names = inputs.iter().map(|input| match input {
            FnArg::Typed(typed) => (typed.name.to_token_stream().to_string(), typed.ty.to_string()),
            FnArg::Receiver(receiver) => panic!("{receiver}"),
        });
        let expected = [
            ("a", ":: b :: C"),
            ("d", "Map < E , F >"),
            ("", "G"),
            ("", "I"),
            ("", "u8"),
            ("", "M"),
            ("", "Q"),
            ("r#fn", "& 'a [S ; 2]"),
        ];
        assert_eq!(
            names.collect::<Vec<_>>(),
            expected.map(|(name, ty)| (name.into(), ty.into()))
        );
    }

    #[test]
    fn knows_self() {
        for receiver in [
            quote!(self),
            quote!(mut self),
            quote!(&'a mut self),
            quote!(self: Box<Self>),
        ] {
            let (inputs, _) = inputs(receiver.clone());
            assert!(matches!(&inputs[..], [FnArg::Receiver(found)] if found.to_string() == receiver.to_string()));
        }
    }
}
