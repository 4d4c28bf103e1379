//! What a test runs.

use crate::context::Context;
use crate::failure::Failure;

/// What a test runs, in the form that costs rustc the least.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// The user's own function, which asks for nothing and returns nothing.
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
                test();
                // Keeps the call from becoming a jump, and the reports from missing who called.
                std::hint::black_box(());
                Ok(())
            }
            Self::Asking(body) => body(context),
            Self::Numbered(body, number) => body(context, number),
        }
    }
}
