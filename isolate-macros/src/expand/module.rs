//! A module of tests.

use tokens::TokenStream;

use super::request::is_autouse;
use super::test;
use crate::errors::Errors;
use crate::parse::arguments::{self, Arguments, Fixture, Kind};
use crate::parse::attributes::{Role, role};
use crate::parse::custom::{Autouse, Custom};
use crate::parse::fixture;
use crate::quote::ToTokens;
use crate::resolve::defaults::{inside, merge};
use crate::resolve::fixture::conditions;
use crate::resolve::test::{is_test, resolve};
use crate::syntax::{Attribute, Function, Item, Module, Result};

/// Expands every test in a module and in the inline modules inside it; mistakes in any of them are reported together.
pub fn expand(defaults: &Arguments, module: Module) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let module = rewrite(defaults, module, &mut errors);
    errors.finish().map(|()| module)
}

fn rewrite(outer: &Arguments, mut module: Module, errors: &mut Errors) -> TokenStream {
    let defaults = with_autouse(inside(&module, outer), &mut module.items);
    let mut tokens = TokenStream::new();
    for item in std::mem::take(&mut module.items) {
        tokens.extend(rewritten(&defaults, item, errors));
    }
    module.with(tokens)
}

fn rewritten(defaults: &Arguments, item: Item, errors: &mut Errors) -> TokenStream {
    if item.function().is_some() && is_test(&item.attributes) {
        let expanded = Function::new(item)
            .and_then(|function| resolve(None, defaults, function))
            .map(|resolved| test::expand(&resolved, false));
        return errors.keep(expanded).unwrap_or_default();
    }
    match Module::new(item) {
        Ok(mut module) => {
            let own = own(&mut module.item.attributes, errors);
            rewrite(&merge(defaults, own), module, errors)
        }
        Err(item) => item.to_token_stream(),
    }
}

/// Adds the fixtures in the module that want to be there for each of its tests, ahead of all others.
fn with_autouse(mut defaults: Arguments, items: &mut [Item]) -> Arguments {
    let mut found = Vec::new();
    for item in items {
        if let Some(at) = item.function()
            && fixture::take_autouse(&mut item.attributes)
        {
            found.extend(item.name(at).map(|name| Fixture {
                name: name.clone(),
                kind: Kind::Custom(Custom {
                    autouse: Some(Autouse {
                        conditions: conditions(&item.attributes).cloned().collect(),
                    }),
                    ..Custom::default()
                }),
            }));
        }
    }
    let known = defaults
        .fixtures
        .iter()
        .take_while(|fixture| is_autouse(fixture))
        .count();
    defaults.fixtures.splice(known..known, found);
    defaults
}

/// Takes the module's own `#[isolated]` off it.
fn own(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Arguments {
    let mut own = Arguments::default();
    attributes.retain(|attribute| match role(attribute) {
        Role::Isolated(tokens) => {
            own = merge(&own, errors.keep(arguments::parse(tokens)).unwrap_or_default());
            false
        }
        _ => true,
    });
    own
}
