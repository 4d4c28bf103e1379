//! The host: the ordinary libtest binary. Each isolated test that libtest starts here sees to it that it is run
//! in a worker, and reports the verdict to libtest as if it had run on this thread.

mod early;
mod engine;
mod group_lock;
mod nursery;
mod output;
mod patience;
mod plan;
mod pool;
mod progress;
mod remote;
mod report;
mod selection;
mod zygote;

pub(crate) use engine::{Engine, lease_for_master};
pub(crate) use output::Output;
pub(crate) use report::{conclude, leave_out, refuse};

use crate::case::TestCase;
use crate::config::Config;

/// Sees to it that a test is run in a worker. Returns if it passed, else unwinds.
pub(crate) fn run(case: &'static TestCase, config: &'static Config) {
    match Engine::get(config).outcome(case) {
        Ok(finished) => report::deliver(case, finished),
        Err(reason) => refuse(case, &reason),
    }
}
