//! A fixture that somebody wrote, as a test asks for it.

use tokens::{Ident, TokenStream};

use super::list::{self, Argument};
use crate::syntax::{Attribute, Error, Result, Value};

/// What is asked of a `#[fixture]` function.
#[derive(Clone, Default)]
pub struct Custom {
    /// Parameters with defaults, and what to set them to.
    pub values: Vec<(Ident, TokenStream)>,
    /// `#[with(…)]`: what to set the first parameters to.
    pub with: Vec<TokenStream>,
    /// How many modules further out its name was written.
    pub depth: usize,
    /// The fixture itself asks to be there; nobody named it.
    pub autouse: Option<Autouse>,
    /// The test wants it by value.
    pub is_owned: bool,
}

/// A fixture that every test of its module gets.
#[derive(Clone)]
pub struct Autouse {
    /// `#[cfg(…)]` on it.
    pub conditions: Vec<Attribute>,
}

/// Parses what stands behind the name: nothing, or `(parameter = value, …)`.
pub fn parse(name: &Ident, value: Value) -> Result<Custom> {
    let list = match value {
        Value::None => return Ok(Custom::default()),
        Value::Assigned(tokens) => {
            return Err(Error::new_spanned(tokens, format!("write `{name}(parameter = value)`")));
        }
        Value::List(list) => list,
    };
    let mut values: Vec<(Ident, TokenStream)> = Vec::new();
    list::each(list.stream(), Some(&[]), &mut |Argument { name, value }| {
        let Value::Assigned(tokens) = value else {
            let message = format!("write `{name} = value`: arguments of a fixture go by name");
            return Err(Error::new(name.span(), message));
        };
        values.push((name, tokens));
        Ok(())
    })?;
    if values.is_empty() {
        return Err(Error::new(
            list.span_open(),
            format!("write `{name}`, or `{name}(parameter = value)`"),
        ));
    }
    Ok(Custom {
        values,
        ..Custom::default()
    })
}
