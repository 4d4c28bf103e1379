//! `#[case(…)]` above a test.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, Ident, Meta, Result, Token};

use super::list::split;

/// One case.
pub struct Case {
    /// `case`, where its mistakes and its test are shown.
    pub at: Ident,
    /// `case::name`
    pub name: Option<Ident>,
    /// A value for each `#[case]` parameter.
    pub values: Vec<TokenStream>,
    /// The attributes that stand in front of it.
    pub attributes: Vec<Attribute>,
}

/// Whether the attribute is a case.
pub fn is_case(attribute: &Attribute) -> bool {
    let path = attribute.path();
    path.leading_colon.is_none() && path.segments.len() <= 2 && path.segments.first().is_some_and(|s| s.ident == "case")
}

/// Parses one case.
pub fn parse(attribute: &Attribute, attributes: Vec<Attribute>) -> Result<Case> {
    let mut segments = attribute.path().segments.iter().map(|segment| segment.ident.clone());
    let at = segments.next().unwrap_or_else(|| Ident::new("case", Span::call_site()));
    let Meta::List(list) = &attribute.meta else {
        return Err(Error::new(
            at.span(),
            "a case has its values in brackets: `#[case(1, \"a\")]`",
        ));
    };
    Ok(Case {
        at,
        name: segments.next(),
        values: expressions(list.tokens.clone())?,
        attributes,
    })
}

/// Expressions with commas between them.
///
/// Tests may have thousands of cases: what can be told apart without understanding it is left to rustc.
pub fn expressions(tokens: TokenStream) -> Result<Vec<TokenStream>> {
    let is_plain = tokens.clone().into_iter().all(|token| match token {
        TokenTree::Punct(punct) => !['<', '|'].contains(&punct.as_char()),
        _ => true,
    });
    if is_plain {
        let parts = split(tokens.clone(), None);
        if parts.iter().all(|part| !part.is_empty()) {
            return Ok(parts);
        }
    }
    let list = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(list.into_iter().map(|value| quote::quote!(#value)).collect())
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::expressions;

    fn texts(tokens: proc_macro2::TokenStream) -> Vec<String> {
        let list = expressions(tokens).unwrap();
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tells_values_apart() {
        assert_eq!(texts(quote!()), [""; 0]);
        assert_eq!(texts(quote!(1, -2, f(3, 4),)), ["1", "- 2", "f (3 , 4)"]);
        assert_eq!(
            texts(quote!(Map::<u8, u8>::new(), 1)),
            ["Map :: < u8 , u8 > :: new ()", "1"]
        );
        assert_eq!(texts(quote!(|a, b| a + b, a < b)), ["| a , b | a + b", "a < b"]);
        assert!(expressions(quote!(1,,2)).is_err());
        assert!(expressions(quote!(, 1)).is_err());
    }
}
