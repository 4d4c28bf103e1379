//! What a test runs.

use std::cell::Cell;
use std::ptr;

use super::TestCase;
use crate::context::Context;
use crate::failure::Failure;

/// What a test runs, in the form that costs rustc the least.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// The test's own function, which asks for nothing and returns nothing. It is what libtest calls too.
    Plain(fn()),
    /// Builds the fixtures that a test asks for and runs it.
    Asking(fn(&Context) -> Result<(), Failure>),
    /// The same for each case of a function, by its number.
    Numbered(Numbered, usize),
}

/// Runs a case of a function.
pub type Numbered = fn(&Context, usize) -> Result<(), Failure>;

impl Body {
    /// Runs it.
    pub fn call(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Plain(test) => {
                CALLED.set(Some(context.case()));
                test();
                Ok(())
            }
            Self::Asking(body) => body(context),
            Self::Numbered(body, number) => body(context, number),
        }
    }
}

thread_local! {
    /// The test whose own function is being called to run it. Not in its record: whoever writes there has its page for
    /// itself, of those that host, zygote and workers share.
    static CALLED: Cell<Option<&'static TestCase>> = const { Cell::new(None) };
}

impl TestCase {
    /// Whether the test's own function has just been called to run the test. If not, libtest has called it.
    pub(crate) fn is_to_run(&'static self) -> bool {
        CALLED.take().is_some_and(|called| ptr::eq(called, self))
    }
}
