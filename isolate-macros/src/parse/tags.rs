//! `tags("slow", "database")`

use tokens::Ident;

use super::list;
use crate::errors::Errors;
use crate::syntax::{Error, LitStr, Result, Value};

const FORM: &str = "write `tags(\"slow\", \"database\")`";

/// What the test's author calls it beside its name.
pub fn tags(name: &Ident, value: Value) -> Result<Vec<LitStr>> {
    let list = match value {
        Value::None => return Err(Error::new(name.span(), FORM)),
        Value::Assigned(tokens) => return Err(Error::new_spanned(tokens, FORM)),
        Value::List(list) => list,
    };
    let mut errors = Errors::default();
    let mut tags = Vec::new();
    for part in list::split(list.stream(), None) {
        match LitStr::parse(part.clone()) {
            Some(tag) if tag.value().trim().is_empty() => errors.push(Error::new(tag.span(), "a tag needs a name")),
            Some(tag) if !is_tag(tag.value()) => {
                let message =
                    "a tag is one word of letters, digits, `_`, `-`, `.`, `:` and `/`, and none of `and`, `or`, `not`";
                errors.push(Error::new(tag.span(), message));
            }
            Some(tag) if contains(&tags, &tag) => {
                let message = format!("the tag \"{}\" is given twice", tag.value());
                errors.push(Error::new(tag.span(), message));
            }
            Some(tag) => tags.push(tag),
            None => errors.push(Error::new_spanned(part, format!("a tag is a string; {FORM}"))),
        }
    }
    errors.finish()?;
    if tags.is_empty() {
        return Err(Error::new(name.span(), FORM));
    }
    Ok(tags)
}

/// Adds a test's own tags to those of its surroundings.
pub fn join(outer: &[LitStr], inner: Vec<LitStr>) -> Vec<LitStr> {
    let mut tags = outer.to_vec();
    for tag in inner {
        if !contains(&tags, &tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Whether `ISOLATE_TAGS` can name it.
fn is_tag(word: &str) -> bool {
    !matches!(word, "and" | "or" | "not") && word.chars().all(|c| c.is_alphanumeric() || "_-.:/".contains(c))
}

fn contains(tags: &[LitStr], tag: &LitStr) -> bool {
    tags.iter().any(|known| known.value() == tag.value())
}
