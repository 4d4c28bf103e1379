//! What the macros' expansions call. Not part of the public interface: it changes with the macros.

pub use crate::case::{Need, Row, Table, TestCase, common, new, plain};
pub use crate::context::Context;
pub use crate::failure::{Failure, outcome};
pub use crate::fixture::{Codec, FixtureFunction, Hooks, IsSend, NotSend, Probe, Reason, Scope};
#[cfg(feature = "tokio")]
pub use crate::fixtures::Clock;
pub use crate::fixtures::{Capture, Env, Mocks, Port, Storage, Test, Threads, Tracker};
#[cfg(feature = "db")]
pub use crate::fixtures::{Db, Seed, Seeded};
pub use crate::leaks::Policy;
pub use crate::text::Text;

use std::time::Duration;

use crate::config::{self, Config, Mode};
use crate::{host, inline, zygote};

/// Traits whose methods ask the compiler about a type.
pub mod probes {
    #[cfg(feature = "tokio")]
    pub use crate::fixture::HooksOfAsyncFixture;
    pub use crate::fixture::{HooksOfAny, HooksOfFixture, ReasonOfDebug, ReasonOfDisplay};
    pub use crate::text::{TextFrom, TextParsed};
}

/// The words of the attribute, for rustc to propose when it finds nothing of a name that is near to one.
#[allow(non_camel_case_types, missing_docs)]
pub mod keywords {
    pub enum capture {}
    pub enum clock {}
    pub enum db {}
    pub enum env {}
    pub enum files {}
    pub enum group {}
    pub enum leaks {}
    pub enum limits {}
    pub enum main_thread {}
    pub enum mocks {}
    pub enum network {}
    pub enum port {}
    pub enum process {}
    pub enum runtime {}
    pub enum storage {}
    pub enum tags {}
    pub enum test {}
    pub enum threads {}
    pub enum timeout {}
    pub enum tracker {}
}

/// A timeout, as tests hold it.
pub const fn milliseconds(timeout: Duration) -> u64 {
    timeout
        .as_secs()
        .saturating_mul(1000)
        .saturating_add(timeout.subsec_millis() as u64)
}

/// All isolated tests of this program, for tests of that.
pub fn all() -> impl Iterator<Item = &'static TestCase> {
    TestCase::all()
}

/// What every isolated test calls in the end. Returns if the test passed, else unwinds.
pub fn run(case: &'static TestCase) {
    case.enter();
    if let Some((socket, host)) = config::zygote() {
        zygote::serve(socket, host);
    }
    match Config::get() {
        Ok(config) if let Some(filter) = config.tags.as_ref().filter(|filter| !filter.selects(case.tags)) => {
            filter.leave_out(case, config);
        }
        Ok(config) if config.mode == Mode::Inline => inline::run(case),
        Ok(config) => host::run(case, config),
        Err(reason) => host::refuse(case, &reason),
    }
}

/// What every case of a function calls.
pub fn run_case(table: &'static Table, number: usize) {
    run(&table.cases()[number]);
}

/// What the function of a test calls first if the test asks for nothing. `true` if libtest has called it, and the test has
/// passed elsewhere; if it hasn't, this unwinds.
pub fn ran(case: &'static TestCase) -> bool {
    if case.is_to_run() {
        return false;
    }
    run(case);
    true
}
