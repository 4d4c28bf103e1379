//! `network` and `files`: what a test has for itself of the machine.

use tokens::Ident;

use crate::nearest::suggestion;
use crate::syntax::{Error, LitStr, Result, Value};

/// Whether a test has something for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It shares what everybody has.
    Off,
    /// If the machine allows it.
    Prefer,
    /// Or it fails.
    Require,
}

/// `network` and `files`
pub fn need(name: &Ident, value: Value) -> Result<Need> {
    let form = || format!("write `{name}` or `{name} = \"prefer\"`");
    let text = match value {
        Value::None => return Ok(Need::Require),
        Value::Assigned(tokens) => LitStr::parse(tokens.clone()).ok_or_else(|| Error::new_spanned(tokens, form()))?,
        Value::List(list) => return Err(Error::new(list.span_open(), form())),
    };
    match text.value() {
        "require" => Ok(Need::Require),
        "prefer" => Ok(Need::Prefer),
        "off" => Ok(Need::Off),
        other => {
            let near = suggestion(other, &["require", "prefer", "off"]);
            Err(Error::new(text.span(), format!("unknown policy \"{other}\"; {near}")))
        }
    }
}
