//! A worker: the process that runs tests, one after another, each with singletons reset and nothing left of the one
//! before. What comes in are tests to run; what goes out is a verdict on each. One that forks for its tests may
//! become a zygote when it has built what they get copies of.

mod hook;
mod identity;
mod limits;
mod own;
mod process;
mod question;
mod run;
mod serve;
mod split;

pub use identity::{Worker, worker};
pub(crate) use identity::{become_keeper, become_worker, ports};
pub(crate) use own::{TEMPORARY, has_own_files, probe};
pub(crate) use question::{output_so_far, while_waiting};
#[cfg(test)]
pub(crate) use run::perform;
pub(crate) use run::{Stage, run};
pub(crate) use serve::{TEARDOWN_FAILED, WorkerProcess};
