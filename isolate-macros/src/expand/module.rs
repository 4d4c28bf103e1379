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
use crate::syntax::{Attribute, Function, IdentExt, Item, Module, Result, is_module};

/// Expands every test in a module and in the inline modules inside it; mistakes in any of them are reported together.
pub fn expand(defaults: &Arguments, module: Module) -> Result<TokenStream> {
    let mut errors = Errors::default();
    refuse_without_tests(&module, &mut errors);
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
            let attributes = module.item.attributes.len();
            let own = own(&mut module.item.attributes, errors);
            if module.item.attributes.len() < attributes {
                refuse_without_tests(&module, errors);
            }
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

/// A module that bears the attribute has a test, or its author has forgotten what makes one.
fn refuse_without_tests(module: &Module, errors: &mut Errors) {
    if !may_have_tests(module) {
        let message = "no test in here: `#[isolated]` does nothing for this module; write `#[test]` on those of its functions \
                       that are tests";
        errors.push(module.item.error(message));
    }
}

/// Whether there is a test, or something that other macros may make one of.
fn may_have_tests(module: &Module) -> bool {
    module.items.iter().any(|item| {
        is_test(&item.attributes)
            || item.attributes.iter().any(|attribute| !is_inert(attribute))
            || item.is_macro_call()
            || is_module(item) && Module::new(item.clone()).map_or(true, |inner| may_have_tests(&inner))
    })
}

/// Whether an attribute is known to make nothing that runs.
fn is_inert(attribute: &Attribute) -> bool {
    const INERT: [&str; 14] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "derive",
        "doc",
        "expect",
        "fixture",
        "forbid",
        "inline",
        "must_use",
        "path",
        "warn",
    ];
    let name = attribute.path().segments.last();
    name.is_some_and(|name| INERT.iter().any(|known| name.is(known)))
}
