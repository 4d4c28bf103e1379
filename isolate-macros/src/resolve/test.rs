//! One test, ready to be written down.

use tokens::TokenStream;

use super::cases::{self, Cases, above};
use super::defaults::merge;
use super::signature::{self, Parameter};
use crate::errors::Errors;
use crate::parse::arguments::{self, Arguments};
use crate::parse::attributes::{Role, role};
use crate::parse::case::is_case;
use crate::syntax::{Attribute, Function, LitStr, Result};

/// One test.
pub struct Test {
    /// What the attributes around it say.
    pub arguments: Arguments,
    /// Its attributes, without those that only said that it is a test.
    pub attributes: Vec<Attribute>,
    /// `#[timeout(…)]`, an expression.
    pub timeout: Option<TokenStream>,
    /// When it should panic, and with what text.
    pub should_panic: Vec<ShouldPanic>,
    /// When libtest runs it only if asked to.
    pub ignored: Vec<Ignored>,
    /// The rest of the function as it was written.
    pub function: Function,
    /// Its parameters in order.
    pub parameters: Vec<Parameter>,
    /// If it has parameters that are no fixtures: what to run it with.
    pub cases: Option<Cases>,
}

/// `#[should_panic]`
#[derive(Clone)]
pub struct ShouldPanic {
    /// Of the `cfg_attr` around it, if there is one.
    pub condition: Option<TokenStream>,
    /// Text that the message of the panic contains.
    pub expected: Option<LitStr>,
}

/// `#[ignore]`, with the condition of the `cfg_attr` around it, if there is one.
#[derive(Clone)]
pub struct Ignored(pub Option<TokenStream>);

/// Attributes of a function or a case, and what they say that matters to us.
#[derive(Default)]
pub struct Said {
    /// All but those that only say that it is a test.
    pub attributes: Vec<Attribute>,
    /// When it should panic.
    pub should_panic: Vec<ShouldPanic>,
    /// When it is ignored.
    pub ignored: Vec<Ignored>,
}

/// Whether a function in an isolated module is one of its tests.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match role(attribute) {
        _ if is_case(attribute) => true,
        Role::Test | Role::Isolated(_) | Role::OtherTest => true,
        Role::Conditional(_, roles) => roles.iter().any(|role| matches!(role, Role::Test | Role::Isolated(_))),
        _ => false,
    })
}

/// Resolves the test that `own` stands on; `None` if its attribute is still among the function's, as in a module.
pub fn resolve(own: Option<TokenStream>, outer: &Arguments, mut function: Function) -> Result<Test> {
    let mut errors = Errors::default();
    let rows = above::rows(&mut function.attributes, &mut errors);
    let is_awt = above::take_awt(&mut function.attributes);
    let timeout = above::take_timeout(&mut function.attributes, &mut errors);
    let mut said = own;
    let Said {
        attributes,
        should_panic,
        ignored,
    } = attributes(std::mem::take(&mut function.attributes), &mut said, &mut errors);
    let inner = errors.keep(arguments::parse(said.unwrap_or_default()));
    let mut arguments = merge(outer, inner.unwrap_or_default());
    let (parameters, cases) = cases::resolve(rows, is_awt, &function.signature, &mut arguments.fixtures, &mut errors);
    signature::check_features(&arguments.fixtures, &mut errors);
    signature::check("test", &function.signature, &mut errors);
    if cases.is_none() {
        signature::check_generics("test", &function.signature, &mut errors);
    }
    let each = cases
        .iter()
        .flat_map(|cases| &cases.all)
        .flat_map(|case| &case.should_panic);
    if should_panic.iter().chain(each).any(|should| should.condition.is_none()) {
        signature::check_should_panic(&function.signature, &mut errors);
    }
    errors.finish()?;
    Ok(Test {
        arguments,
        attributes,
        timeout,
        should_panic,
        ignored,
        function,
        parameters,
        cases,
    })
}

/// Sorts out the attributes of a function or a case; `said` is what `#[isolated]` says.
pub fn attributes(all: Vec<Attribute>, said: &mut Option<TokenStream>, errors: &mut Errors) -> Said {
    let mut found = Said::default();
    for attribute in all {
        match role(&attribute) {
            Role::Test => {}
            Role::Isolated(_) if said.is_some() && attribute.path().ends_with("rstest") => {
                errors.at(attribute.path(), beside(&attribute));
            }
            Role::Isolated(_) if said.is_some() => errors.at(attribute.path(), "`#[isolated]` is given twice"),
            Role::Isolated(tokens) => *said = Some(tokens),
            Role::ShouldPanic(expected) => {
                found.should_panic.push(ShouldPanic {
                    condition: None,
                    expected,
                });
                found.attributes.push(attribute);
            }
            Role::Ignore => {
                found.ignored.push(Ignored(None));
                found.attributes.push(attribute);
            }
            Role::Conditional(condition, roles) => {
                for role in roles {
                    match role {
                        Role::ShouldPanic(expected) => {
                            found.should_panic.push(ShouldPanic {
                                condition: Some(condition.clone()),
                                expected,
                            });
                        }
                        Role::Ignore => found.ignored.push(Ignored(Some(condition.clone()))),
                        Role::Test | Role::Isolated(_) | Role::OtherTest => {
                            errors.at(
                                attribute.path(),
                                "a test under a condition: write `#[cfg(…)] #[isolated]` instead",
                            );
                        }
                        _ => {}
                    }
                }
                found.attributes.push(attribute);
            }
            Role::OtherTest => errors.at(attribute.path(), beside(&attribute)),
            Role::Lock => errors.at(
                attribute.path(),
                "tests of different processes don't see this lock: write `#[isolated(group = \"…\")]` instead",
            ),
            Role::Elsewhere(advice) => errors.at(attribute.path(), advice),
            Role::Other if attribute.path().ends_with("fixture") => errors.at(attribute.path(), BOTH),
            Role::Other => found.attributes.push(attribute),
        }
    }
    found
}

/// What a function can't be.
pub const BOTH: &str = "a function is a fixture or a test, not both: a test asks for fixtures by its parameters";

/// Why a macro that makes tests can't stand below ours.
fn beside(other: &Attribute) -> &'static str {
    if other.path().ends_with("test_case") || other.path().ends_with("test_matrix") {
        "this makes tests of its own: put it above `#[isolated]`, outside of an isolated module, or write `#[case(…)]`"
    } else {
        "this makes a test of its own: `#[isolated]` can't stand beside it, and takes its place"
    }
}
