//! The host: the ordinary libtest binary. Each isolated test that libtest starts here borrows a worker, waits for the
//! verdict, and reports it to libtest as if it had run on this thread.

mod engine;
mod group_lock;
mod output;
mod pool;
mod remote;
mod report;
mod zygote;

pub(crate) use engine::{Engine, lease_for_master};
pub(crate) use output::Output;
pub(crate) use report::{conclude, leave_out, refuse};

use crate::case::TestCase;
use crate::config::Config;

/// Runs a test in a worker. Returns if it passed, else unwinds.
pub(crate) fn run(case: &'static TestCase, config: &'static Config) {
    let ran = Engine::get(config)
        .check_out(case)
        .and_then(|mut place| place.run(case));
    // By now the worker and the group are free for others.
    match ran {
        Ok(finished) => report::deliver(case, finished),
        Err(reason) => refuse(case, &reason),
    }
}
