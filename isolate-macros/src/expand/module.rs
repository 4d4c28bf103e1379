//! A module of tests.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Item, ItemMod, Result};

use super::request::is_autouse;
use super::test;
use crate::errors::Errors;
use crate::parse::arguments::{self, Arguments, Fixture, Kind};
use crate::parse::attributes::{Role, role};
use crate::parse::custom::{Autouse, Custom};
use crate::parse::fixture;
use crate::parse::item::Function;
use crate::resolve::defaults::{inside, merge};
use crate::resolve::fixture::conditions;
use crate::resolve::test::{is_test, resolve};

/// Expands every test in a module and in the inline modules inside it; mistakes in any of them are reported together.
pub fn expand(defaults: &Arguments, module: ItemMod) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let module = rewrite(defaults, module, &mut errors);
    errors.finish().map(|()| module.into_token_stream())
}

fn rewrite(outer: &Arguments, mut module: ItemMod, errors: &mut Errors) -> ItemMod {
    let defaults = &with_autouse(inside(&module, outer), &mut module);
    for item in module.content.iter_mut().flat_map(|(_, items)| items) {
        match item {
            Item::Fn(function) if is_test(&function.attrs) => {
                let expanded = Function::from_item(function)
                    .and_then(|function| resolve(None, defaults, function))
                    .map(|resolved| test::expand(&resolved, false));
                if let Some(tokens) = errors.keep(expanded) {
                    *item = Item::Verbatim(tokens);
                }
            }
            Item::Mod(inner) if inner.content.is_some() => {
                let own = own(inner, errors);
                *inner = rewrite(&merge(defaults, own), inner.clone(), errors);
            }
            _ => {}
        }
    }
    module
}

/// Adds the fixtures in the module that want to be there for each of its tests, ahead of all others.
fn with_autouse(mut defaults: Arguments, module: &mut ItemMod) -> Arguments {
    let items = module.content.iter_mut().flat_map(|(_, items)| items);
    let mut found = Vec::new();
    for item in items {
        if let Item::Fn(function) = item
            && fixture::take_autouse(function)
        {
            found.push(Fixture {
                name: function.sig.ident.clone(),
                kind: Kind::Custom(Custom {
                    autouse: Some(Autouse {
                        conditions: conditions(&function.attrs).cloned().collect(),
                    }),
                    ..Custom::default()
                }),
            });
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
fn own(module: &mut ItemMod, errors: &mut Errors) -> Arguments {
    let mut own = Arguments::default();
    module.attrs.retain(|attribute| match role(attribute) {
        Role::Isolated(tokens) => {
            own = merge(&own, errors.keep(arguments::parse(tokens)).unwrap_or_default());
            false
        }
        _ => true,
    });
    own
}
