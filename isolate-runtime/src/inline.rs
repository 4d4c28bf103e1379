//! `ISOLATE=inline`: a test runs right on libtest's thread, one at a time, so that a debugger sees it. No worker, no
//! timeout, and nothing stands between a crash and the run.

use std::io::{self, Write as _};
use std::panic;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, Once, PoisonError};

use crate::case::TestCase;
use crate::config::Config;
use crate::directory::Place;
use crate::worker::{self, Stage};
use crate::{host, leaks, session};

/// Runs a test. Returns if it passed, else unwinds.
pub fn run(case: &'static TestCase) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    static SEQUENCE: AtomicU32 = AtomicU32::new(0);
    static SET_UP: Once = Once::new();
    if case.main_thread {
        return host::refuse(
            case,
            "`main_thread` can't be had under ISOLATE=inline: libtest keeps this process's main thread to itself\n  run \
             it in a worker (without ISOLATE=inline)",
        );
    }
    SET_UP.call_once(|| {
        session::end_with_process();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            leaks::panic_hook(info);
            before(info);
        }));
    });
    if Config::get().is_ok_and(|config| case.has_process(config)) {
        static SAID: Once = Once::new();
        // Past libtest's capture, which shows nothing of a test that passes.
        SAID.call_once(|| {
            let _ = writeln!(
                io::stderr(),
                "isolate: under ISOLATE=inline, tests that ask for a process of their own (`process`) run in this one: what \
                 they change stays changed, and an `exit` ends the run"
            );
        });
    }
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let place = Place::InWorker {
        worker: worker::worker().dir(),
        test: case.name(),
        n: SEQUENCE.fetch_add(1, Relaxed),
    };
    let verdict = worker::run(case, place, Stage::Inline, &|| {});
    drop(alone);
    host::conclude(case, verdict);
}
