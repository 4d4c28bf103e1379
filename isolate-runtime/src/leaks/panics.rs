//! Panics in threads that nobody joined.

use std::fmt;
use std::panic::PanicHookInfo;

use super::{Scope, Snapshot};

/// A thread that panicked and was never joined.
#[derive(Debug)]
pub struct UnjoinedPanic {}

/// Threads of a test that panicked and were never joined. `Display` is the report.
#[derive(Debug)]
pub struct UnjoinedPanics {
    /// One for each thread.
    pub panics: Vec<UnjoinedPanic>,
}

/// Records a panic with the thread that it happened on. Call it from the process's panic hook.
pub fn panic_hook(_info: &PanicHookInfo<'_>) {}

/// The threads that panicked since the snapshot, ended, and were never joined. Call it after [`check`](super::check).
pub fn unjoined_panics(_before: &Snapshot, _scope: Scope) -> Option<UnjoinedPanics> {
    None
}

impl fmt::Display for UnjoinedPanics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
