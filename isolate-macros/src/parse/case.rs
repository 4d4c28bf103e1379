//! `#[case(…)]` above a test.

use tokens::{Ident, Span, TokenStream};

use crate::syntax::{Attribute, Error, IdentExt, Result, values};

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
    !path.is_global && path.segments.len() <= 2 && path.segments.first().is_some_and(|name| name.is("case"))
}

/// Parses one case.
pub fn parse(attribute: &Attribute, attributes: Vec<Attribute>) -> Result<Case> {
    let mut segments = attribute.path().segments.iter().cloned();
    let at = segments.next().unwrap_or_else(|| Ident::new("case", Span::call_site()));
    let Some(list) = attribute.list() else {
        return Err(Error::new(
            at.span(),
            "a case has its values in brackets: `#[case(1, \"a\")]`",
        ));
    };
    Ok(Case {
        at,
        name: segments.next(),
        values: values::split(list)?,
        attributes,
    })
}
