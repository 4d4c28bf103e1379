//! What a test runs.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

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
                context.case().called.0.store(true, Relaxed);
                test();
                Ok(())
            }
            Self::Asking(body) => body(context),
            Self::Numbered(body, number) => body(context, number),
        }
    }
}

/// Whether a test's own function is being called to run the test.
#[derive(Debug)]
pub struct Called(AtomicBool);

impl Called {
    pub(super) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }
}

impl Clone for Called {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl TestCase {
    /// Whether the test's own function has just been called to run the test. If not, libtest has called it.
    pub(crate) fn is_to_run(&self) -> bool {
        self.called.0.swap(false, Relaxed)
    }
}
