//! `#[isolated(…)]`, from tokens to tokens.

use tokens::TokenStream;

use super::{module, test};
use crate::errors::Errors;
use crate::parse::arguments::{self, Arguments};
use crate::parse::item::{self, Annotated};
use crate::quote::quote;
use crate::resolve::test::resolve;
use crate::syntax::{Path, Result};

/// Expands the attribute on a function or a module. `is_test` tells that the function is registered as a test already.
pub fn expand(attribute: TokenStream, item: TokenStream, is_test: bool) -> Result<TokenStream> {
    match item::parse(item) {
        Ok(Annotated::Function(function)) => {
            resolve(Some(attribute), &Arguments::default(), *function).map(|resolved| test::expand(&resolved, is_test))
        }
        Ok(Annotated::Module(found)) => {
            let mut errors = Errors::default();
            let defaults = errors.keep(arguments::parse(attribute));
            let tokens = errors.keep(module::expand(&defaults.unwrap_or_default(), found));
            errors.finish()?;
            Ok(tokens.unwrap_or_default())
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.push(error);
            errors.keep(arguments::parse(attribute));
            errors.finish()?;
            Ok(quote!())
        }
    }
}

/// Where the crate is, as seen from the user's code.
pub fn path(arguments: &Arguments) -> Path {
    arguments.krate.clone().unwrap_or_else(Path::isolate)
}
