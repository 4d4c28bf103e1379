//! Turns return addresses into frames, and frames into text. Addresses come in raw, from the interposed
//! `pthread_create` and from samples; debug information is only read here, when there is something to report.

pub use crate::sys::sample::{RawStack, SampleArea, threads_of};

/// The stacks of all threads of the process `pid`, as text: the thread `test` first.
pub fn report_all(_pid: i32, _test: Option<i32>, _stacks: &[RawStack]) -> String {
    String::new()
}
