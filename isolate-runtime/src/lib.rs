//! What stands behind `isolate-test`: the record of a test, the processes they run in, their fixtures, and the checks
//! on what they leave behind. Use it through that crate.

pub mod singleton;
mod swappable;

#[cfg(feature = "runtime")]
mod case;
#[cfg(feature = "runtime")]
mod config;
#[cfg(feature = "runtime")]
mod context;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod directory;
#[cfg(feature = "runtime")]
mod error;
#[cfg(all(feature = "runtime", feature = "tokio"))]
mod executor;
#[cfg(all(feature = "runtime", not(feature = "tokio")))]
#[path = "executor/none.rs"]
mod executor;
#[cfg(feature = "runtime")]
mod failure;
#[cfg(feature = "runtime")]
mod fixture;
#[cfg(feature = "runtime")]
mod fixtures;
#[cfg(feature = "runtime")]
mod host;
#[cfg(feature = "runtime")]
mod inline;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod leaks;
#[cfg(feature = "runtime")]
mod payload;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod port_block;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod private;
#[cfg(feature = "runtime")]
mod protocol;
#[cfg(feature = "runtime")]
mod session;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod stacks;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod sys;
#[cfg(feature = "runtime")]
mod tags;
#[cfg(feature = "runtime")]
mod text;
#[cfg(feature = "runtime")]
mod wait;
#[cfg(feature = "runtime")]
mod worker;
#[cfg(feature = "runtime")]
mod zygote;

pub use swappable::Swappable;

#[cfg(feature = "db")]
pub use duckdb;
#[cfg(feature = "serde")]
pub use fixture::Json;
#[cfg(feature = "db")]
pub use fixtures::Db;
#[cfg(feature = "runtime")]
pub use {
    error::{Error, Result},
    fixture::{Fixture, SessionValue},
    fixtures::{Capture, Cleanup, Env, Mocks, Outcome, Port, Spawned, Stop, Storage, Test, Threads, Tracker},
    session::{Session, session},
    wait::{Condition, Wait, wait_for, wait_until, wait_until_for},
    worker::{Worker, worker},
};
#[cfg(feature = "tokio")]
pub use {fixture::AsyncFixture, fixtures::Clock, wait::wait_until_async};
