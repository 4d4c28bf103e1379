//! One test, ready to be written down.

use proc_macro2::TokenStream;
use syn::{Attribute, LitStr, Result};

use super::defaults::merge;
use super::signature::{self, Parameter};
use crate::errors::Errors;
use crate::parse::arguments::{self, Arguments};
use crate::parse::attributes::{Role, role};
use crate::parse::item::Function;

/// One test.
pub struct Test {
    /// What the attributes around it say.
    pub arguments: Arguments,
    /// Its attributes, without those that only said that it is a test.
    pub attributes: Vec<Attribute>,
    /// When it should panic, and with what text.
    pub should_panic: Vec<ShouldPanic>,
    /// The rest of the function as it was written.
    pub function: Function,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
}

/// `#[should_panic]`
pub struct ShouldPanic {
    /// Of the `cfg_attr` around it, if there is one.
    pub condition: Option<TokenStream>,
    /// Text that the message of the panic contains.
    pub expected: Option<LitStr>,
}

/// Whether a function in an isolated module is one of its tests.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match role(attribute) {
        Role::Test | Role::Isolated(_) | Role::OtherTest => true,
        Role::Conditional(_, roles) => roles.iter().any(|role| matches!(role, Role::Test | Role::Isolated(_))),
        _ => false,
    })
}

/// Resolves the test that `own` stands on; `None` if its attribute is still among the function's, as in a module.
pub fn resolve(own: Option<TokenStream>, outer: &Arguments, mut function: Function) -> Result<Test> {
    let mut errors = Errors::default();
    let mut said = own;
    let mut attributes = Vec::new();
    let mut should_panic = Vec::new();
    for attribute in std::mem::take(&mut function.attributes) {
        match role(&attribute) {
            Role::Test => {}
            Role::Isolated(_) if said.is_some() => errors.at(attribute.path(), "`#[isolated]` is given twice"),
            Role::Isolated(tokens) => said = Some(tokens),
            Role::ShouldPanic(expected) => {
                should_panic.push(ShouldPanic {
                    condition: None,
                    expected,
                });
                attributes.push(attribute);
            }
            Role::Conditional(condition, roles) => {
                for role in roles {
                    match role {
                        Role::ShouldPanic(expected) => {
                            should_panic.push(ShouldPanic {
                                condition: Some(condition.clone()),
                                expected,
                            });
                        }
                        Role::Test | Role::Isolated(_) | Role::OtherTest => {
                            errors.at(
                                attribute.path(),
                                "a test under a condition: write `#[cfg(…)] #[isolated]` instead",
                            );
                        }
                        _ => {}
                    }
                }
                attributes.push(attribute);
            }
            Role::OtherTest => errors.at(
                attribute.path(),
                "this makes a test of its own: `#[isolated]` can't stand beside it, and takes its place",
            ),
            Role::Lock => errors.at(
                attribute.path(),
                "tests of different processes don't see this lock: write `#[isolated(group = \"…\")]` instead",
            ),
            Role::Other => attributes.push(attribute),
        }
    }
    let inner = errors.keep(arguments::parse(said.unwrap_or_default()));
    let mut arguments = merge(outer, inner.unwrap_or_default());
    let inputs = function.signature.inputs.iter().cloned();
    let parameters = signature::parameters("test", inputs, &mut arguments.fixtures, &mut errors);
    signature::check_features(&arguments.fixtures, &mut errors);
    signature::check("test", &function.signature, &mut errors);
    if should_panic.iter().any(|should| should.condition.is_none()) {
        signature::check_should_panic(&function.signature, &mut errors);
    }
    errors.finish()?;
    Ok(Test {
        arguments,
        attributes,
        should_panic,
        function,
        parameters,
    })
}
