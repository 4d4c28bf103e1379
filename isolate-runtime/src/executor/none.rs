//! Without tokio there is nothing async, and nothing of it to end.

#![allow(clippy::unused_self, reason = "called as the other one is")]

use crate::failure::Failure;
use crate::leaks::Policy;

/// No runtime.
#[derive(Debug)]
pub struct Executor;

impl Executor {
    pub fn new(_is_multi_thread: bool) -> Self {
        Self
    }

    pub fn end(&self, _policy: Policy) -> Option<Failure> {
        None
    }

    pub fn shut_down(self) {}
}

pub fn within<T>(_executor: Option<&Executor>, f: impl FnOnce() -> T) -> T {
    f()
}
