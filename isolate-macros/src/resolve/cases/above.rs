//! What stands above a test with cases, and is for us alone.

use tokens::TokenStream;

use crate::errors::Errors;
use crate::parse::attributes::{Role, role};
use crate::parse::case::{self, Case as Row, is_case};
use crate::syntax::Attribute;

/// Takes the cases off the attributes of a function, each with the attributes in front of it.
pub fn rows(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut ahead = Vec::new();
    let mut kept = Vec::new();
    for attribute in std::mem::take(attributes) {
        if is_case(&attribute) {
            rows.extend(errors.keep(case::parse(&attribute, std::mem::take(&mut ahead))));
        } else if is_of_the_function(&attribute) {
            kept.push(attribute);
        } else {
            ahead.push(attribute);
        }
    }
    kept.append(&mut ahead);
    *attributes = kept;
    rows
}

/// Whether an attribute in front of a case belongs to the function all the same. `cfg` does outside of modules, where
/// rustc judges it before us.
fn is_of_the_function(attribute: &Attribute) -> bool {
    let lints = ["allow", "expect", "warn", "deny", "forbid", "doc", "cfg"];
    matches!(role(attribute), Role::Test | Role::Isolated(_))
        || lints.iter().any(|name| attribute.path().is_ident(name))
}

/// Takes `#[awt]` off a function.
pub fn take_awt(attributes: &mut Vec<Attribute>) -> bool {
    let before = attributes.len();
    attributes.retain(|attribute| !attribute.path().is_ident("awt"));
    attributes.len() < before
}

/// Takes `#[timeout(…)]` off a function, whose argument is a `Duration`.
pub fn take_timeout(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Option<TokenStream> {
    let mut timeout = None;
    attributes.retain(|attribute| {
        let is_timeout = attribute.path().is_ident("timeout");
        if is_timeout {
            match attribute.list() {
                Some(list) if !list.is_empty() => timeout = Some(list),
                _ => errors.at(attribute.path(), "write `#[isolated(timeout = \"5s\")]`"),
            }
        }
        !is_timeout
    });
    timeout
}
