//! Which parameters ask for which fixtures, and what a test can't have on its signature.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, FnArg, Ident, Pat, PatType, ReturnType, Safety, Signature, Type};

use crate::errors::Errors;
use crate::nearest::suggestion;
use crate::parse::arguments::{Fixture, Kind};

/// A parameter, and where the type that it claims to have stands.
pub struct Parameter {
    /// As the user wrote it.
    pub tokens: PatType,
    /// Its name without `_` in front.
    pub fixture: Ident,
    /// The narrowest token of its type; mismatches are reported there.
    pub at: Span,
}

/// Reads the parameters; fixtures that only a parameter asks for are added to `fixtures`.
pub fn parameters(signature: &Signature, fixtures: &mut Vec<Fixture>, errors: &mut Errors) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for input in &signature.inputs {
        let FnArg::Typed(typed) = input else {
            errors.at(input, "a test is a free function: it has no `self`");
            continue;
        };
        let Some(name) = name(typed, errors) else { continue };
        let text = name.unraw().to_string();
        let bare = text.trim_start_matches('_');
        if parameters.iter().any(|known| known.fixture == bare) {
            errors.at(name, format!("`{bare}` is already a parameter of this test"));
            continue;
        }
        if !fixtures.iter().any(|fixture| fixture.name.unraw() == bare) {
            let Some(kind) = Kind::named(bare) else {
                errors.at(name, unknown(bare, fixtures));
                continue;
            };
            fixtures.push(Fixture {
                name: Ident::new(bare, name.span()),
                kind,
            });
        }
        parameters.push(Parameter {
            tokens: typed.clone(),
            fixture: Ident::new(bare, name.span()),
            at: narrowest(&typed.ty),
        });
    }
    parameters
}

/// Reports everything that a test can't be.
pub fn check(signature: &Signature, should_panic: bool, errors: &mut Errors) {
    if let Some(token) = &signature.asyncness {
        errors.at(token, "async tests are not supported yet");
    }
    if let Some(token) = &signature.constness {
        errors.at(token, "a test can't be `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, "a test can't be `unsafe`; put the unsafe block inside");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi.extern_token, "a test can't be `extern`");
    }
    for parameter in &signature.generics.params {
        errors.at(parameter, "a test can't be generic: nobody could say what for");
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.at(clause.where_token, "a test can't have a `where` clause");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic.dots, "a test can't be variadic");
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && should_panic
        && !is_unit(ty)
    {
        errors.at(ty, "a test with `#[should_panic]` must return `()`");
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn name<'a>(typed: &'a PatType, errors: &mut Errors) -> Option<&'a Ident> {
    for attribute in &typed.attrs {
        let is_lint = ["allow", "expect", "warn", "deny", "forbid"]
            .iter()
            .any(|lint| attribute.path().is_ident(lint));
        if !is_lint {
            errors.at(
                attribute.path(),
                "a parameter of a test takes no attributes but those of lints",
            );
        }
    }
    match &*typed.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
            let lifetime = lifetime(typed.ty.to_token_stream());
            if let Some(span) = lifetime {
                let message = "a fixture is borrowed for as long as the test runs: leave the lifetime out";
                errors.push(Error::new(span, message));
            }
            Some(&pat.ident)
        }
        Pat::Wild(wild) => {
            errors.at(
                wild,
                "a parameter is named after its fixture; if it isn't used, write `_db`, or `#[isolated(db)]`",
            );
            None
        }
        other => {
            errors.at(other, "a parameter is named after its fixture: it can't be a pattern");
            None
        }
    }
}

/// The first named lifetime; `'_` and `'static` are rustc's to judge.
fn lifetime(tokens: proc_macro2::TokenStream) -> Option<Span> {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            proc_macro2::TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                if let Some(name) = tokens.peek().map(ToString::to_string)
                    && name != "_"
                    && name != "static"
                {
                    return Some(quote.span());
                }
            }
            proc_macro2::TokenTree::Group(group) => {
                if let Some(span) = lifetime(group.stream()) {
                    return Some(span);
                }
            }
            _ => {}
        }
    }
    None
}

fn unknown(name: &str, fixtures: &[Fixture]) -> String {
    let mut valid: Vec<String> = Kind::names().map(String::from).collect();
    for fixture in fixtures {
        let name = fixture.name.unraw().to_string();
        if !valid.contains(&name) {
            valid.push(name);
        }
    }
    let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
    format!("no fixture is named `{name}`; {}", suggestion(name, &valid))
}

/// `Db` of `&isolate::Db`, so that a mismatch is marked there.
pub fn narrowest(ty: &Type) -> Span {
    match ty {
        Type::Reference(reference) => narrowest(&reference.elem),
        Type::Paren(paren) => narrowest(&paren.elem),
        Type::Group(group) => narrowest(&group.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or_else(|| ty.span(), |segment| segment.ident.span()),
        _ => ty.span(),
    }
}
