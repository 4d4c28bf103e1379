//! What the macros' expansions call. Not part of the public interface: it changes with the macros.

pub use crate::case::{Registered, TestCase};
pub use crate::context::Context;
pub use crate::failure::{Failure, outcome};
pub use crate::fixture::{Codec, FixtureFunction, Hooks, HooksOfAny, HooksOfFixture, IsSend, NotSend, Probe, Scope};
#[cfg(feature = "db")]
pub use crate::fixtures::Db;
pub use crate::fixtures::{Capture, Env, Mocks, Port, Storage, Test, Threads, Tracker};
pub use crate::leaks::Policy;

use crate::config::{self, Config, Mode};
use crate::{host, inline, zygote};

/// What every isolated test calls in the end. Returns if the test passed, else unwinds.
pub fn run(case: &'static TestCase) {
    if let Some((socket, host)) = config::zygote() {
        zygote::serve(socket, host);
    }
    match Config::get() {
        Ok(config) if config.mode == Mode::Inline => inline::run(case),
        Ok(config) => host::run(case, config),
        Err(reason) => host::refuse(case, &reason),
    }
}
