//! What a parameter, or all those with `#[case]`, may be: each choice is a part of a test's name, and of its values.

use std::path::Path;

use tokens::{Ident, Span, TokenStream};

use super::Case;
use crate::errors::Errors;
use crate::parse::case::Case as Row;
use crate::parse::glob::{self, Rules};
use crate::parse::parameter::{Files, Mode};
use crate::quote::{quote, quote_spanned};
use crate::resolve::test::attributes;
use crate::syntax::{Error, IdentExt, LitStr, PatType, Result};

/// The choice among the cases above the function.
pub fn cases(rows: Vec<Row>, columns: &[(usize, PatType)], errors: &mut Errors) -> Option<Vec<Case>> {
    if rows.is_empty() {
        for (_, typed) in columns {
            let message = "`#[case]` on a parameter, and no `#[case(…)]` above the function that has a value for it";
            errors.at(&typed.pattern, message);
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
        let said = attributes(row.attributes, &mut Some(TokenStream::new()), errors);
        cases.push(Case {
            path: vec![Ident::new(
                &format!("case_{number:0width$}{name}"),
                located(row.at.span()),
            )],
            at: Some(row.at.span()),
            values: columns.iter().map(|(place, _)| *place).zip(row.values).collect(),
            attributes: said.attributes,
            should_panic: said.should_panic,
            ignored: said.ignored,
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
pub fn list(place: usize, typed: &PatType, values: Vec<(String, TokenStream)>) -> Result<Vec<Case>> {
    let Some(parameter) = &typed.name else {
        let message = "values are named after their parameter: it can't be a pattern";
        return Err(Error::new_spanned(&typed.pattern, message));
    };
    let width = digits(values.len());
    let cases = (1..).zip(values).map(|(number, (description, value))| {
        let name = format!("{}_{number:0width$}_{:.64}", parameter.unraw(), as_name(&description));
        let at = value
            .clone()
            .into_iter()
            .next()
            .map_or_else(|| parameter.span(), |token| token.span());
        Case {
            path: vec![Ident::new(&name, located(at))],
            values: vec![(place, value)],
            ..Case::default()
        }
    });
    Ok(cases.collect())
}

/// The files that a parameter is given: how they are called, and what the test gets of them.
pub fn paths(files: &Files) -> Result<Vec<(String, TokenStream)>> {
    let directory = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| String::from("."));
    let mut found = Vec::new();
    for pattern in &files.patterns {
        let text = pattern.value();
        check_pattern(pattern, text)?;
        let rules = Rules {
            dot_files: files.with_hidden,
            directories: files.with_directories,
        };
        let more = glob::find(Path::new(&directory), text, &rules);
        if more.is_empty() {
            let message = format!("no file in {directory} matches `{text}`");
            return Err(Error::new(pattern.span(), message));
        }
        for path in more {
            glob::add(path, &mut found);
        }
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
    let unknown = text.chars().find(|mark| ['[', '{', '$', '\\'].contains(mark));
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
