//! Finds what a test left behind: threads that still run, and panics in threads that nobody joined.
//!
//! A [`snapshot`] is taken before the test, [`check`] and [`unjoined_panics`] compare with it after teardown.

mod company;
mod held;
mod panics;
#[cfg_attr(
    target_feature = "crt-static",
    allow(dead_code, reason = "nothing is interposed in a static libc")
)]
pub(crate) mod record;
mod report;
#[cfg_attr(
    target_feature = "crt-static",
    allow(dead_code, reason = "nothing is interposed in a static libc")
)]
mod table;
mod threads;

pub use company::{Company, company, of_fixture};
pub use panics::{UnjoinedPanic, UnjoinedPanics, panic_hook, unjoined_panics};
pub use threads::{LINGER, Leak, Leaks, Snapshot, check, check_with, snapshot};

/// Whose threads a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All threads of the process: for workers, which run one test at a time.
    Process,
    /// Threads started, directly or not, by the thread that took the snapshot: for tests that share their process.
    StartedHere,
}

/// What to do about leaked threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Fail the test.
    #[default]
    Fail,
    /// Say it, and let the test pass.
    Warn,
    /// Don't look.
    Off,
}

/// Runs `f`; threads that it starts, and those that they start, belong to nobody's test and are never accused.
pub fn exempt<T>(f: impl FnOnce() -> T) -> T {
    // What a fixture starts stays known as the fixture's.
    record::with_scope(record::scope().max(record::FIXTURES), f)
}
