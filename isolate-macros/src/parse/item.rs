//! The items that `#[isolated]` stands on.

use tokens::TokenStream;

use crate::syntax::{Error, Function, Item, Module, Result, is_module};

/// What the attribute stands on.
pub enum Annotated {
    /// A test.
    Function(Box<Function>),
    /// A module with a body, and tests in it.
    Module(Module),
}

/// Parses the item below the attribute.
pub fn parse(tokens: TokenStream) -> Result<Annotated> {
    let item = Item::parse(tokens);
    if is_module(&item) {
        return Module::new(item).map(Annotated::Module).map_err(|item| {
            Error::new_spanned(
                item.tokens.last(),
                "`#[isolated]` on a module needs its body here: write `mod name { … }`, or put the attribute on the \
                 tests inside the file",
            )
        });
    }
    match item.function() {
        Some(_) => Function::new(item).map(Box::new).map(Annotated::Function),
        None => Err(item.error("`#[isolated]` stands on a test function or on a module of tests")),
    }
}
