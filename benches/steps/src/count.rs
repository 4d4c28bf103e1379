//! `count STEP TIMES` does a step that often and ends, for whoever counts its instructions: valgrind or perf.
//!
//! With `ISOLATE=inline` a test runs here, in one process, where valgrind can follow; without, it goes to a worker, which
//! perf follows.

use std::hint::black_box;

use isolate_runtime::directory::RunDirectory;
use isolate_runtime::leaks::{self, Policy, Scope};
use isolate_runtime::port_block::PortBlock;
use isolate_runtime::private::run;
use isolate_runtime::singleton;

use crate::{EMPTY, SETTING, fork_and_wait};

/// The step of that name.
pub fn times(step: &str, times: usize) {
    let step: fn() = match step {
        "request" => || run(&EMPTY),
        "reset" => || {
            black_box(*SETTING);
            singleton::reset_all().unwrap();
        },
        "snapshot" => || {
            let before = leaks::snapshot();
            assert!(leaks::check(&before, Scope::Process, Policy::Fail).is_none());
        },
        "lease" => || drop(PortBlock::lease(None).unwrap()),
        "directory" => || RunDirectory::create().unwrap().leave(),
        "fork" => fork_and_wait,
        #[cfg(feature = "db")]
        "attach" => || run(&crate::DATABASE),
        _ => panic!("there is no step `{step}`"),
    };
    for _ in 0..times {
        step();
    }
}
