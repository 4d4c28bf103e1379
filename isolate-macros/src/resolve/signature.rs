//! Which parameters ask for which fixtures, and what a test can't have on its signature.

use tokens::{Ident, Span, TokenStream, TokenTree};

use crate::errors::Errors;
use crate::parse::arguments::{Fixture, Kind};
use crate::parse::custom::Custom;
use crate::syntax::ty::{is_reference, is_unit, narrowest};
use crate::syntax::{Error, FnArg, IdentExt, PatType, Signature, is_keyword};

/// A parameter, and where the type that it claims to have stands.
pub struct Parameter {
    /// As the user wrote it.
    pub tokens: PatType,
    /// Its name without `_` in front.
    pub fixture: Ident,
    /// The narrowest token of its type; mismatches are reported there.
    pub at: Span,
    /// The local that has its value, if that is no fixture.
    pub given: Option<Ident>,
}

/// Reads the parameters; fixtures that only a parameter asks for are added to `fixtures`. `what` has them: a test or a
/// fixture.
pub fn parameters(
    what: &str,
    inputs: impl IntoIterator<Item = FnArg>,
    fixtures: &mut Vec<Fixture>,
    errors: &mut Errors,
) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for input in inputs {
        let FnArg::Typed(typed) = input else {
            errors.at(&input, format!("a {what} is a free function: it has no `self`"));
            continue;
        };
        let Some(name) = name(what, &typed, errors) else {
            continue;
        };
        let text = name.unraw().to_string();
        let bare = text.trim_start_matches('_');
        let bare = if bare.starts_with(char::is_alphabetic) {
            bare
        } else {
            &text
        };
        if parameters.iter().any(|known| known.fixture.unraw().is(bare)) {
            errors.at(name, format!("`{bare}` is already a parameter of this {what}"));
            continue;
        }
        let bare = unprefixed(name, bare);
        request(&bare, &typed, fixtures);
        parameters.push(Parameter {
            fixture: bare,
            at: narrowest(&typed.ty),
            tokens: typed,
            given: None,
        });
    }
    parameters
}

/// Asks for the fixture of that name: as it is listed, or as a parameter says it alone.
fn request(name: &Ident, typed: &PatType, fixtures: &mut Vec<Fixture>) {
    let listed = fixtures
        .iter()
        .position(|fixture| fixture.name.unraw().is_same(&name.unraw()));
    let at = listed.unwrap_or_else(|| {
        let kind = Kind::named(&name.unraw().to_string()).unwrap_or_else(|| Kind::Custom(Custom::default()));
        let name = name.clone();
        fixtures.push(Fixture { name, kind });
        fixtures.len() - 1
    });
    if let Kind::Custom(custom) = &mut fixtures[at].kind {
        custom.is_owned = !is_reference(&typed.ty);
    }
}

/// Why one of ours can't have `#[with]`.
pub fn takes_no_values(fixture: &Ident) -> String {
    format!("`{fixture}` is a fixture of `isolate` itself, and takes no values")
}

/// The name without `_` in front, which may be a keyword.
fn unprefixed(name: &Ident, bare: &str) -> Ident {
    if name.unraw().is(bare) {
        return name.clone();
    }
    if is_keyword(bare) {
        return Ident::new_raw(bare, name.span());
    }
    Ident::new(bare, name.span())
}

/// Reports everything that a test or a fixture can't be.
pub fn check(what: &str, signature: &Signature, errors: &mut Errors) {
    if let Some(token) = signature.qualifier("async")
        && !cfg!(any(feature = "tokio", test))
    {
        errors.at(
            token,
            format!("an async {what} needs the feature `tokio` of `isolate-test`"),
        );
    }
    if let Some(token) = signature.qualifier("const") {
        errors.at(token, format!("a {what} can't be `const`"));
    }
    if let Some(token) = signature.qualifier("unsafe") {
        errors.at(
            token,
            format!("a {what} can't be `unsafe`; put the unsafe block inside"),
        );
    }
    if let Some(token) = signature.qualifier("extern") {
        errors.at(token, format!("a {what} can't be `extern`"));
    }
    if let Some(dots) = &signature.variadic {
        errors.at(dots, format!("a {what} can't be variadic"));
    }
}

/// Reports parameters for types and lifetimes, which only the values of cases can say anything about.
pub fn check_generics(what: &str, signature: &Signature, errors: &mut Errors) {
    for parameter in signature.parameters() {
        errors.at(
            &parameter,
            format!("a {what} can't be generic: nobody could say what for"),
        );
    }
    if let Some(keyword) = signature.clause.clone().into_iter().next() {
        errors.at(&keyword, format!("a {what} can't have a `where` clause"));
    }
}

/// Reports fixtures that this build of the crate doesn't have.
pub fn check_features(fixtures: &[Fixture], errors: &mut Errors) {
    for fixture in fixtures {
        if matches!(fixture.kind, Kind::Db(_)) && !cfg!(any(feature = "db", test)) {
            errors.at(&fixture.name, "`db` needs the feature `db` of `isolate-test`");
        }
        if matches!(fixture.kind, Kind::Plain("Clock")) && !cfg!(any(feature = "tokio", test)) {
            errors.at(&fixture.name, "`clock` needs the feature `tokio` of `isolate-test`");
        }
    }
}

/// Reports what `#[should_panic]` doesn't go with.
pub fn check_should_panic(signature: &Signature, errors: &mut Errors) {
    if let Some(output) = &signature.output
        && !is_unit(&output.ty)
    {
        errors.at(&output.ty, "a test with `#[should_panic]` must return `()`");
    }
}

fn name<'a>(what: &str, typed: &'a PatType, errors: &mut Errors) -> Option<&'a Ident> {
    for attribute in &typed.attributes {
        let is_lint = ["allow", "expect", "warn", "deny", "forbid"]
            .iter()
            .any(|lint| attribute.path().is_ident(lint));
        if !is_lint {
            errors.at(
                attribute.path(),
                format!("a parameter of a {what} takes no attributes but those of lints"),
            );
        }
    }
    let Some(name) = &typed.name else {
        let is_wild = typed.pattern.to_string() == "_";
        let message = if is_wild {
            "a parameter is named after its fixture; if it isn't used, write `_db`, or `#[isolated(db)]`"
        } else {
            "a parameter is named after its fixture: it can't be a pattern"
        };
        errors.at(&typed.pattern, message);
        return None;
    };
    if let Some(span) = lifetime(typed.ty.clone()) {
        let message = format!("a fixture is borrowed for as long as the {what} runs: leave the lifetime out");
        errors.push(Error::new(span, message));
    }
    Some(name)
}

/// The first named lifetime; `'_` and `'static` are rustc's to judge.
fn lifetime(tokens: TokenStream) -> Option<Span> {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                if let Some(name) = tokens.peek().map(ToString::to_string)
                    && name != "_"
                    && name != "static"
                {
                    return Some(quote.span());
                }
            }
            TokenTree::Group(group) => {
                if let Some(span) = lifetime(group.stream()) {
                    return Some(span);
                }
            }
            _ => {}
        }
    }
    None
}
