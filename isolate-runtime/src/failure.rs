//! Why a test did not pass, as text for its author.

use std::fmt;
use std::process::{ExitCode, Termination};

use crate::error::Error;

/// A test's failure other than a panic: the text that its author reads.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with that text, one or more lines without a final newline.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// Judges what a test returned, as libtest does: `Err` is printed and fails it.
pub fn outcome<T: Termination>(value: T) -> Result<(), Failure> {
    if value.report() == ExitCode::SUCCESS {
        Ok(())
    } else {
        Err(Failure::new("the test returned an error (printed above)"))
    }
}
