//! What arguments of several attributes have for a value.

use tokens::Ident;

use crate::syntax::{Error, LitStr, Path, Result, Value};

/// `crate = path`
pub fn krate(name: &Ident, value: Value) -> Result<Path> {
    const FORM: &str = "write `crate = path::to::isolate`";
    match value {
        Value::Assigned(tokens) => Path::parse(tokens.clone()).ok_or_else(|| Error::new_spanned(tokens, FORM)),
        _ => Err(Error::new(name.span(), FORM)),
    }
}

/// A word that stands alone.
pub fn nothing(name: &Ident, value: &Value) -> Result<()> {
    match value {
        Value::None => Ok(()),
        Value::Assigned(tokens) => Err(Error::new_spanned(tokens, format!("`{name}` takes no value"))),
        Value::List(list) => Err(Error::new(list.span_open(), format!("`{name}` takes no arguments"))),
    }
}

/// `name = "text"`
pub fn text(name: &Ident, value: Value, example: &str) -> Result<LitStr> {
    let form = format!("`{name}` takes a string, as in `{name} = \"{example}\"`");
    match value {
        Value::Assigned(tokens) => LitStr::parse(tokens.clone()).ok_or_else(|| Error::new_spanned(tokens, form)),
        _ => Err(Error::new(name.span(), form)),
    }
}
