//! What a test runs with, if some of its parameters are no fixtures: every combination of their values, each a test of
//! its own.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, LitStr, Meta, Pat, PatType, Result, Signature, parse_quote};

use super::signature::{self, Parameter, narrowest};
use super::test::{ShouldPanic, attributes};
use crate::errors::Errors;
use crate::parse::arguments::{Fixture, Kind};
use crate::parse::attributes::{Role, role};
use crate::parse::case::{self, Case as Row, is_case};
use crate::parse::glob::{self, Rules};
use crate::parse::parameter::{self, Files, Given, Mode, Source};

/// What a test runs with.
pub struct Cases {
    /// In order.
    pub all: Vec<Case>,
}

/// One test among many of the same function.
#[derive(Clone, Default)]
pub struct Case {
    /// Its name: modules, and a function in the innermost of them.
    pub path: Vec<Ident>,
    /// The values, in the order of the parameters that have one.
    pub values: Vec<TokenStream>,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
    /// When it should panic.
    pub should_panic: Vec<ShouldPanic>,
    places: Vec<usize>,
}

/// Takes the cases off the attributes of a function, each with the attributes in front of it.
pub fn rows(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut ahead = Vec::new();
    let mut kept = Vec::new();
    for attribute in std::mem::take(attributes) {
        if is_case(&attribute) {
            rows.extend(errors.keep(case::parse(&attribute, std::mem::take(&mut ahead))));
        } else if is_of_the_function(&attribute) {
            kept.push(attribute);
        } else {
            ahead.push(attribute);
        }
    }
    kept.append(&mut ahead);
    *attributes = kept;
    rows
}

/// Whether an attribute in front of a case belongs to the function all the same. `cfg` does outside of modules, where
/// rustc judges it before us.
fn is_of_the_function(attribute: &Attribute) -> bool {
    let lints = ["allow", "expect", "warn", "deny", "forbid", "doc", "cfg"];
    matches!(role(attribute), Role::Test | Role::Isolated(_))
        || lints.iter().any(|name| attribute.path().is_ident(name))
}

/// Takes `#[awt]` off a function.
pub fn take_awt(attributes: &mut Vec<Attribute>) -> bool {
    let before = attributes.len();
    attributes.retain(|attribute| !attribute.path().is_ident("awt"));
    attributes.len() < before
}

/// Takes `#[timeout(…)]` off a function, whose argument is a `Duration`.
pub fn take_timeout(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Option<TokenStream> {
    let mut timeout = None;
    attributes.retain(|attribute| {
        let is_timeout = attribute.path().is_ident("timeout");
        if is_timeout {
            match &attribute.meta {
                Meta::List(list) if !list.tokens.is_empty() => timeout = Some(list.tokens.clone()),
                _ => errors.at(attribute.path(), "write `#[isolated(timeout = \"5s\")]`"),
            }
        }
        !is_timeout
    });
    timeout
}

/// Reads the parameters, and combines the values of those that are no fixtures.
pub fn resolve(
    rows: Vec<Row>,
    is_awt: bool,
    signature: &Signature,
    fixtures: &mut Vec<Fixture>,
    errors: &mut Errors,
) -> (Vec<Parameter>, Option<Cases>) {
    let listed = fixtures.len();
    let (mut given, mut parameters, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for (place, input) in signature.inputs.iter().enumerate() {
        let mut input = input.clone();
        let source = match &mut input {
            FnArg::Typed(typed) => errors.keep(parameter::take(typed, is_awt)),
            FnArg::Receiver(_) => Some(Source::default()),
        };
        let Some(source) = source else { continue };
        match (source.given, input) {
            (Some(found), FnArg::Typed(typed)) => {
                if let Some(fixture) = fixtures[..listed]
                    .iter()
                    .find(|fixture| is_named(&typed, &fixture.name))
                {
                    let name = &fixture.name;
                    let message = format!("`{name}` is listed as a fixture: its values can't be given here");
                    errors.at(&typed.pat, message);
                }
                parameters.push((place, value(place, &typed)));
                given.push((place, found, typed));
            }
            (_, input) => asked.push((place, input, source.from, source.with)),
        }
    }
    parameters.extend(fixtures_of(asked, fixtures, errors));
    parameters.sort_by_key(|(place, _)| *place);
    let cases = combine(rows, given, errors);
    (parameters.into_iter().map(|(_, parameter)| parameter).collect(), cases)
}

/// The parameters that are fixtures.
fn fixtures_of(
    asked: Vec<(usize, FnArg, Option<Ident>, Vec<TokenStream>)>,
    fixtures: &mut Vec<Fixture>,
    errors: &mut Errors,
) -> Vec<(usize, Parameter)> {
    let mut inputs = Vec::new();
    let mut patterns = Vec::new();
    for (place, mut input, from, with) in asked {
        let mut pattern = None;
        if let (FnArg::Typed(typed), Some(from)) = (&mut input, from) {
            pattern = Some(std::mem::replace(&mut typed.pat, parse_quote!(#from)));
        }
        inputs.push(input);
        patterns.push((place, pattern, with));
    }
    let mut parameters = signature::parameters("test", inputs, fixtures, errors);
    if parameters.len() < patterns.len() {
        return Vec::new(); // as `errors` says
    }
    for (parameter, (_, pattern, with)) in parameters.iter_mut().zip(&mut patterns) {
        if let Some(pattern) = pattern.take() {
            parameter.tokens.pat = pattern;
        }
        let Some(first) = with.first() else { continue };
        let fixture = fixtures
            .iter_mut()
            .find(|fixture| fixture.name.unraw() == parameter.fixture.unraw());
        match fixture.map(|fixture| &mut fixture.kind) {
            Some(Kind::Custom(custom)) => custom.with = std::mem::take(with),
            _ => errors.at(
                first,
                format!(
                    "`{}` is a fixture of `isolate` itself, and takes no values",
                    parameter.fixture
                ),
            ),
        }
    }
    patterns.into_iter().map(|(place, ..)| place).zip(parameters).collect()
}

fn is_named(typed: &PatType, name: &Ident) -> bool {
    matches!(&*typed.pat, Pat::Ident(pat) if pat.ident.unraw() == name.unraw())
}

/// A parameter that has its value from a case.
fn value(place: usize, typed: &PatType) -> Parameter {
    let at = narrowest(&typed.ty);
    let local = format_ident!("__value{place}", span = Span::mixed_site().located_at(typed.pat.span()));
    Parameter {
        tokens: typed.clone(),
        fixture: local.clone(),
        at,
        given: Some(local),
    }
}

/// One choice after another: first the cases, then the lists of values, then files.
fn combine(rows: Vec<Row>, given: Vec<(usize, Given, PatType)>, errors: &mut Errors) -> Option<Cases> {
    if rows.is_empty() && given.is_empty() {
        return None;
    }
    let (mut columns, mut lists, mut files) = (Vec::new(), Vec::new(), Vec::new());
    for (place, found, typed) in given {
        match found {
            Given::Case => columns.push((place, typed)),
            Given::Values(values) => {
                let named = values.into_iter().map(|value| (value.to_string(), value)).collect();
                lists.extend(errors.keep(list(place, &typed, named)));
            }
            Given::Files(found) => {
                let paths = errors.keep(paths(&found));
                let named = paths.map(|named| list(place, &typed, named));
                files.extend(named.and_then(|list| errors.keep(list)));
            }
        }
    }
    let cases = cases(rows, &columns, errors);
    let mut all = vec![Case::default()];
    for choice in cases.into_iter().chain(lists).chain(files) {
        all = all
            .iter()
            .flat_map(|case| choice.iter().map(|more| case.with(more)))
            .collect();
    }
    for case in &mut all {
        let mut values: Vec<_> = case.places.iter().zip(std::mem::take(&mut case.values)).collect();
        values.sort_by_key(|(place, _)| **place);
        case.values = values.into_iter().map(|(_, value)| value).collect();
    }
    Some(Cases { all })
}

impl Case {
    fn with(&self, more: &Self) -> Self {
        let mut case = self.clone();
        case.path.extend(more.path.iter().cloned());
        case.values.extend(more.values.iter().cloned());
        case.places.extend(&more.places);
        case.attributes.extend(more.attributes.iter().cloned());
        case.should_panic.extend(more.should_panic.iter().cloned());
        case
    }
}

/// The choice among the cases above the function.
fn cases(rows: Vec<Row>, columns: &[(usize, PatType)], errors: &mut Errors) -> Option<Vec<Case>> {
    if rows.is_empty() {
        for (_, typed) in columns {
            let message = "`#[case]` on a parameter, and no `#[case(…)]` above the function that has a value for it";
            errors.at(&typed.pat, message);
        }
        return None;
    }
    if columns.is_empty() {
        let message = "a case, and no parameter with `#[case]` that it has a value for";
        errors.at(&rows[0].at, message);
    }
    let width = digits(rows.len());
    let mut cases = Vec::new();
    for (number, row) in (1..).zip(rows) {
        if !columns.is_empty() {
            check_width(&row, columns.len(), errors);
        }
        let name = row.name.map_or_else(String::new, |name| format!("_{}", name.unraw()));
        let (attributes, should_panic) = attributes(row.attributes, &mut Some(TokenStream::new()), errors);
        cases.push(Case {
            path: vec![Ident::new(
                &format!("case_{number:0width$}{name}"),
                located(row.at.span()),
            )],
            values: row.values,
            places: columns.iter().map(|(place, _)| *place).collect(),
            attributes,
            should_panic,
        });
    }
    Some(cases)
}

fn check_width(row: &Row, expected: usize, errors: &mut Errors) {
    let count = row.values.len();
    if count == expected {
        return;
    }
    let (s, t) = (if count == 1 { "" } else { "s" }, if expected == 1 { "" } else { "s" });
    let message = format!("this case has {count} value{s}, and the test {expected} `#[case]` parameter{t}");
    match row.values.get(expected) {
        Some(superfluous) => errors.at(superfluous, message),
        None => errors.at(&row.at, message),
    }
}

/// The choice among values that one parameter lists.
fn list(place: usize, typed: &PatType, values: Vec<(String, TokenStream)>) -> Result<Vec<Case>> {
    let Pat::Ident(pat) = &*typed.pat else {
        let message = "values are named after their parameter: it can't be a pattern";
        return Err(Error::new_spanned(&typed.pat, message));
    };
    let width = digits(values.len());
    let cases = (1..).zip(values).map(|(number, (description, value))| {
        let name = format!("{}_{number:0width$}_{:.64}", pat.ident.unraw(), as_name(&description));
        let at = value
            .clone()
            .into_iter()
            .next()
            .map_or_else(|| pat.ident.span(), |token| token.span());
        Case {
            path: vec![Ident::new(&name, located(at))],
            values: vec![value],
            places: vec![place],
            ..Case::default()
        }
    });
    Ok(cases.collect())
}

/// The files that a parameter is given: how they are called, and what the test gets of them.
fn paths(files: &Files) -> Result<Vec<(String, TokenStream)>> {
    let directory = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| String::from("."));
    let mut found = BTreeSet::new();
    for pattern in &files.patterns {
        let text = pattern.value();
        check_pattern(pattern, &text)?;
        let rules = Rules {
            dot_files: files.with_hidden,
            directories: files.with_directories,
        };
        let more = glob::find(Path::new(&directory), &text, &rules);
        if more.is_empty() {
            let message = format!("no file in {directory} matches `{text}`");
            return Err(Error::new(pattern.span(), message));
        }
        found.extend(more);
    }
    let span = files.patterns.first().map_or_else(Span::call_site, LitStr::span);
    let named = found.iter().filter_map(|path| {
        let path = path.to_str()?;
        let absolute = quote_spanned!(located(span)=> ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path));
        let value = match files.mode {
            Mode::Path => quote!(::std::path::PathBuf::from(#absolute)),
            Mode::Str => quote!(::core::include_str!(#absolute)),
            Mode::Bytes => quote!(::core::include_bytes!(#absolute)),
        };
        Some((path.replace("../", "_UP/"), value))
    });
    Ok(named.collect())
}

fn check_pattern(pattern: &LitStr, text: &str) -> Result<()> {
    if text.starts_with('/') {
        let message = "the path is relative to the crate's Cargo.toml, so that it holds on every machine";
        return Err(Error::new(pattern.span(), message));
    }
    let unknown = ["[", "{", "$", "\\"].into_iter().find(|mark| text.contains(mark));
    unknown.map_or(Ok(()), |mark| {
        let message = format!("`{mark}` has no meaning in a pattern: it knows `*`, `**` and `?`");
        Err(Error::new(pattern.span(), message))
    })
}

fn digits(count: usize) -> usize {
    count.to_string().len()
}

/// What of an expression may stand in a name, as `rstest` has it, so that filters go on to work.
fn as_name(expression: &str) -> String {
    let mut name = String::new();
    for character in expression.chars() {
        match character {
            '"' | '\'' => name.push_str("__"),
            ':' | '(' | ')' | '{' | '}' | '[' | ']' | ',' | '.' | '*' | '+' | '/' | '-' | '%' | '^' | '!' | '&'
            | '|' => name.push('_'),
            other if other == '_' || other.is_alphanumeric() => name.push(other),
            _ => {}
        }
    }
    name
}

/// Names that only we know, shown where the case stands.
fn located(at: Span) -> Span {
    Span::mixed_site().located_at(at)
}
