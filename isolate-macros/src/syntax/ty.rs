//! What can be told of a type by its tokens.

use tokens::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::angles::{Angles, split};
use super::cursor::{is_punct, is_word};

/// Whether it is a reference.
pub fn is_reference(ty: &TokenStream) -> bool {
    is_punct(bare(ty.clone()).first(), '&')
}

/// Whether it is `()`.
pub fn is_unit(ty: &TokenStream) -> bool {
    matches!(&bare(ty.clone())[..], [TokenTree::Group(group)]
        if group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty())
}

/// Whether it is `!`.
pub fn is_never(ty: &TokenStream) -> bool {
    matches!(&bare(ty.clone())[..], [mark] if is_punct(Some(mark), '!'))
}

/// `Db` of `&isolate::Db`, so that a mismatch is marked there.
pub fn narrowest(ty: &TokenStream) -> Span {
    let tokens = bare(ty.clone());
    if is_punct(tokens.first(), '&') {
        let mut referred = &tokens[1..];
        if is_punct(referred.first(), '\'') {
            referred = &referred[2..];
        }
        if is_word(referred.first(), "mut") {
            referred = &referred[1..];
        }
        return narrowest(&referred.iter().cloned().collect());
    }
    let last = last_name(&tokens).unwrap_or(0);
    tokens.get(last).map_or_else(Span::call_site, TokenTree::span)
}

/// If it is a `Result<T, …>`, the arguments that it has.
pub fn of_result(ty: &TokenStream) -> Option<Vec<TokenStream>> {
    let tokens = bare(ty.clone());
    let last = last_name(&tokens).filter(|last| is_word(tokens.get(*last), "Result"))?;
    Some(match &tokens[last + 1..] {
        [_, arguments @ .., _] => split(arguments),
        _ => Vec::new(),
    })
}

/// Where the last name of a path stands, if the type is one.
fn last_name(tokens: &[TokenTree]) -> Option<usize> {
    match tokens.first()? {
        TokenTree::Ident(word) => {
            let others = ["dyn", "impl", "fn", "unsafe", "extern", "for"];
            if others.contains(&word.to_string().as_str()) {
                return None;
            }
        }
        first if is_punct(Some(first), ':') || is_punct(Some(first), '<') => {}
        _ => return None,
    }
    let mut angles = Angles::default();
    let mut last = None;
    for (i, token) in tokens.iter().enumerate() {
        if angles.is_outside(token) {
            match token {
                TokenTree::Ident(_) => last = Some(i),
                TokenTree::Punct(mark) if mark.as_char() == ':' => {}
                _ => return None,
            }
        }
    }
    last
}

/// The tokens without brackets that mean nothing.
fn bare(ty: TokenStream) -> Vec<TokenTree> {
    let tokens: Vec<TokenTree> = ty.into_iter().collect();
    match &tokens[..] {
        [TokenTree::Group(group)] if is_superfluous(group) => bare(group.stream()),
        _ => tokens,
    }
}

fn is_superfluous(group: &Group) -> bool {
    let mut angles = Angles::default();
    let mut is_tuple = |token: TokenTree| angles.is_outside(&token) && is_punct(Some(&token), ',');
    match group.delimiter() {
        Delimiter::None => true,
        Delimiter::Parenthesis => !group.stream().is_empty() && !group.stream().into_iter().any(&mut is_tuple),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_reference, is_unit, of_result};
    use crate::quote::quote;

    #[test]
    fn looks_behind_brackets() {
        assert!(is_unit(&quote!(())));
        assert!(!is_unit(&quote!(((),))));
        assert!(is_reference(&quote!((&'a u8))));
        assert!(!is_reference(&quote!((&u8, &u8))));
    }

    #[test]
    fn knows_results() {
        let arguments = |ty| {
            let arguments = of_result(&ty)?;
            Some(arguments.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(arguments(quote!(Result<()>)).unwrap(), ["()"]);
        assert_eq!(
            arguments(quote!(a::Result<Map<A, fn(B) -> C>, E>)).unwrap(),
            ["Map < A , fn (B) -> C >", "E"]
        );
        assert_eq!(arguments(quote!(fmt::Result)).unwrap(), [""; 0]);
        for ty in [
            quote!(Vec<Result<u8, E>>),
            quote!(Result < A, E > ::Ok),
            quote!(&Result<u8, E>),
            quote!(impl Result<u8>),
            quote!(Result!()),
        ] {
            assert_eq!(arguments(ty.clone()), None, "{ty}");
        }
    }
}
