//! Collects mistakes, so that one build reports all of them.

use crate::quote::ToTokens;
use crate::syntax::{Error, Result};

/// The mistakes found so far.
#[derive(Default)]
pub struct Errors(Option<Error>);

impl Errors {
    /// Adds a mistake at the tokens of `at`.
    pub fn at(&mut self, at: &dyn ToTokens, message: impl Into<String>) {
        self.push(Error::at(at, message.into()));
    }

    /// Adds a mistake that somebody else found.
    pub fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    /// Takes the value of a result, or its mistake.
    pub fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Fails if there was any mistake.
    pub fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
