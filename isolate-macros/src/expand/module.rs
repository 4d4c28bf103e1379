//! A module of tests.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Item, ItemMod, Result};

use super::test;
use crate::errors::Errors;
use crate::parse::arguments::{self, Arguments};
use crate::parse::attributes::{Role, role};
use crate::parse::item::Function;
use crate::resolve::defaults::merge;
use crate::resolve::test::{is_test, resolve};

/// Expands every test in a module and in the inline modules inside it; mistakes in any of them are reported together.
pub fn expand(defaults: &Arguments, module: ItemMod) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let module = rewrite(defaults, module, &mut errors);
    errors.finish().map(|()| module.into_token_stream())
}

fn rewrite(defaults: &Arguments, mut module: ItemMod, errors: &mut Errors) -> ItemMod {
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
