//! `name`, `name = value`, `name(…)`, separated by commas: the form that all our attributes share.

use tokens::{Delimiter, Ident, TokenStream, TokenTree};

use crate::errors::Errors;
use crate::syntax::{Cursor, Error, IdentExt, Result, Value, is_punct};

/// One argument of an attribute.
pub struct Argument {
    /// Its name, which may be a keyword such as `crate`.
    pub name: Ident,
    /// What stands behind the name.
    pub value: Value,
}

/// Hands each argument to `apply`, no name twice; mistakes are reported together.
///
/// A comma ends an argument only before `name =`, `name(`, `name,` or the end, if `name` is in `names`: so a value may be
/// a closure or a path with commas of its own.
pub fn each(tokens: TokenStream, names: Option<&[&str]>, apply: &mut dyn FnMut(Argument) -> Result<()>) -> Result<()> {
    let mut errors = Errors::default();
    let mut seen: Vec<String> = Vec::new();
    for argument in arguments(tokens, names, &mut errors) {
        let name = argument.name.to_string();
        if seen.contains(&name) {
            errors.at(&argument.name, format!("`{name}` is given twice"));
            continue;
        }
        seen.push(name);
        errors.keep(apply(argument));
    }
    errors.finish()
}

/// Parses all arguments; those that are malformed go to `errors`.
fn arguments(tokens: TokenStream, names: Option<&[&str]>, errors: &mut Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for part in split(tokens, names) {
        arguments.extend(errors.keep(argument(part)));
    }
    arguments
}

fn argument(tokens: TokenStream) -> Result<Argument> {
    let mut cursor = Cursor::new(tokens);
    let Some(name) = cursor.word() else {
        return Err(cursor.error("expected the name of an argument"));
    };
    let value = match cursor.next() {
        None => Value::None,
        Some(mark) if is_punct(Some(&mark), '=') => {
            if cursor.is_empty() {
                return Err(Error::new(name.span(), format!("`{name} =` lacks its value")));
            }
            Value::Assigned(cursor.finish())
        }
        Some(TokenTree::Group(list)) if list.delimiter() == Delimiter::Parenthesis && cursor.is_empty() => {
            Value::List(list)
        }
        Some(other) => {
            let message = format!("expected `,`, `=` or `(…)` after `{name}`");
            return Err(Error::new(other.span(), message));
        }
    };
    Ok(Argument { name, value })
}

/// The parts between commas.
pub fn split(tokens: TokenStream, names: Option<&[&str]>) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut parts = vec![Vec::new()];
    for (i, token) in tokens.iter().enumerate() {
        if is_punct(Some(token), ',') && names.is_none_or(|names| starts_argument(&tokens[i + 1..], names)) {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token.clone());
        }
    }
    if parts.last().is_some_and(Vec::is_empty) {
        parts.pop();
    }
    parts.into_iter().map(|part| part.into_iter().collect()).collect()
}

fn starts_argument(rest: &[TokenTree], names: &[&str]) -> bool {
    match rest {
        [] => true,
        // A misspelt name is still a name: `=` behind it says so. `==` is not that.
        [TokenTree::Ident(_), TokenTree::Punct(punct), ..] if punct.as_char() == '=' => {
            punct.spacing() == tokens::Spacing::Alone
        }
        [TokenTree::Ident(name), ..] => names.iter().any(|known| name.is(known)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;
    use crate::errors::Errors;
    use crate::quote::quote;
    use crate::syntax::Value;

    fn texts(tokens: tokens::TokenStream, names: Option<&[&str]>) -> Vec<String> {
        let text = |value| match value {
            Value::None => String::new(),
            Value::Assigned(tokens) => format!("= {tokens}"),
            Value::List(group) => group.to_string(),
        };
        arguments(tokens, names, &mut Errors::default())
            .into_iter()
            .map(|argument| format!("{} {}", argument.name, text(argument.value)))
            .collect()
    }

    #[test]
    fn splits_at_commas() {
        let list = quote!(db, port(api, mock), crate = ::a::b, timeout = "5s",);
        assert_eq!(
            texts(list, None),
            ["db ", "port (api , mock)", "crate = :: a :: b", "timeout = \"5s\""]
        );
    }

    #[test]
    fn commas_inside_a_value_stay_there() {
        let list = quote!(reset = |c: &Map<K, V>| f::<A, B>(c), after = [X, Y]);
        let names: &[&str] = &["reset", "after"];
        assert_eq!(
            texts(list, Some(names)),
            ["reset = | c : & Map < K , V > | f :: < A , B > (c)", "after = [X , Y]"]
        );
    }

    #[test]
    fn reports_all_malformed_arguments() {
        let mut errors = Errors::default();
        let rest = arguments(quote!("a", db db, port, group =), None, &mut errors);
        assert_eq!(rest.len(), 1);
        assert_eq!(
            errors.finish().unwrap_err().messages(),
            [
                "expected the name of an argument",
                "expected `,`, `=` or `(…)` after `db`",
                "`group =` lacks its value"
            ]
        );
    }
}
