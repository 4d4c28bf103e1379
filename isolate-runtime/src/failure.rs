//! Why a test did not pass, as text for its author.

use std::any::type_name;
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
    } else if type_name::<T>() == type_name::<ExitCode>() {
        Err(Failure::new("the test returned an exit code that means failure"))
    } else {
        Err(Failure::new("the test returned an error (printed above)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_returned() {
        let said = |outcome: Result<(), Failure>| outcome.unwrap_err().to_string();
        assert!(said(outcome(ExitCode::FAILURE)).contains("exit code"));
        assert!(said(outcome(Err::<(), _>(1))).contains("error"));
        assert!(outcome(ExitCode::SUCCESS).is_ok() && outcome(Ok::<(), u8>(())).is_ok());
    }
}
