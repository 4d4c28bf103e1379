use std::any::Any;

use super::Context;
use crate::failure::Failure;
#[cfg(feature = "tokio")]
use crate::fixtures::Clock;
use crate::fixtures::{Capture, Ends, Env, Mocks, Test, Threads, Tracker};

impl Context {
    /// The `capture` fixture.
    pub fn capture(&self) -> Result<&Capture, Failure> {
        self.built_in("capture", Capture::start, end::<Capture>)
    }

    /// The `clock` fixture.
    #[cfg(feature = "tokio")]
    pub fn clock(&self) -> Result<&Clock, Failure> {
        self.built_in("clock", || self.executor.clock(), end::<Clock>)
    }

    /// The `env` fixture.
    pub fn env(&self) -> Result<&Env, Failure> {
        self.built_in("env", || Ok(Env::remember()?), end::<Env>)
    }

    /// The `mocks` fixture.
    pub fn mocks(&self) -> Result<&Mocks, Failure> {
        self.built_in("mocks", || Ok(Mocks::default()), end::<Mocks>)
    }

    /// The `test` fixture.
    pub fn test(&self) -> Result<&Test, Failure> {
        self.built_in(
            "test",
            || Ok(Test::new(self.case, self.shared_directory())),
            end::<Test>,
        )
    }

    /// The `threads` fixture.
    pub fn threads(&self) -> Result<&Threads, Failure> {
        self.built_in("threads", || Ok(Threads::default()), end::<Threads>)
    }

    /// The `tracker` fixture.
    pub fn tracker(&self) -> Result<&Tracker, Failure> {
        self.built_in("tracker", || Ok(Tracker::default()), end::<Tracker>)
    }
}

fn end<T: Ends>(value: Box<dyn Any>) -> Vec<Failure> {
    match value.downcast::<T>() {
        Ok(value) => value.end(),
        Err(_) => Vec::new(),
    }
}
