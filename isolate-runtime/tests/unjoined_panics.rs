//! Panics in threads that nobody joins, and those that must not count.
//!
//! One test in the whole binary: panics are looked for in all threads of the process.

#![cfg(feature = "runtime")]

use std::panic::{self, catch_unwind};
use std::sync::mpsc;
use std::thread::{self, Builder};

use isolate_runtime::leaks::{self, LINGER, Policy, Scope, UnjoinedPanics};

#[test]
fn only_panics_that_nobody_saw_count() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        leaks::panic_hook(info);
        if thread::current().name() == Some("slow") {
            // As printing a backtrace can be.
            thread::sleep(LINGER * 3 / 2);
        }
        print(info);
    }));

    for scope in [Scope::Process, Scope::StartedHere] {
        let detached = after(scope, || drop(named("watcher").spawn(lose)));
        let line = line!() - 1;
        let detached = detached.expect("the panic");
        assert_eq!(detached.panics.len(), 1);
        let panic = &detached.panics[0];
        assert_eq!(panic.name.as_deref(), Some("watcher"));
        assert_eq!(panic.message, "lost the connection\nfor good");
        assert!(
            panic.location.starts_with(&format!("{}:{LOSE}:", file!())),
            "{}",
            panic.location
        );
        if HAVE_LINES {
            assert_eq!(panic.starts[0][0].line, Some(line));
        }
        assert_eq!(
            detached.to_string().lines().take(2).collect::<Vec<_>>(),
            [
                "a thread panicked and was never joined".to_owned(),
                format!("  thread `watcher` panicked at {}: lost the connection", panic.location),
            ]
        );
        let forgotten = after(scope, || {
            let (ended, end) = mpsc::channel::<()>();
            let handle = thread::spawn(move || {
                let _ended = ended;
                panic!();
            });
            assert!(end.recv().is_err());
            std::mem::forget(handle);
        });
        let forgotten = forgotten.expect("the panic");
        assert_eq!(forgotten.panics[0].name, None);
        assert_eq!(forgotten.panics[0].message, "explicit panic");

        let slow = after(scope, || drop(named("slow").spawn(lose)));
        assert_eq!(slow.expect("the panic").panics.len(), 1, "and no leak");

        let joined = after(scope, || {
            assert!(thread::spawn(|| panic!()).join().is_err());
        });
        assert!(joined.is_none(), "{joined:?}");

        let scoped = after(scope, || {
            let result = catch_unwind(|| {
                thread::scope(|scope| {
                    scope.spawn(|| panic!());
                });
            });
            assert!(result.is_err());
        });
        assert!(scoped.is_none(), "{scoped:?}");

        let caught = after(scope, || drop(thread::spawn(|| catch_unwind(|| panic!()))));
        assert!(caught.is_none(), "{caught:?}");

        let pool = after(scope, || {
            let pool = rayon_core::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            assert!(catch_unwind(panic::AssertUnwindSafe(|| pool.install(|| panic!()))).is_err());
        });
        assert!(pool.is_none(), "{pool:?}");

        let own = after(scope, || assert!(catch_unwind(|| panic!()).is_err()));
        assert!(own.is_none(), "{own:?}");
    }
    let _ = panic::take_hook();
}

/// Release builds have no line tables unless asked.
const HAVE_LINES: bool = cfg!(debug_assertions) || option_env!("CARGO_PROFILE_RELEASE_DEBUG").is_some();

const LOSE: u32 = line!() + 2;
fn lose() {
    panic!("lost the connection\nfor good");
}

fn named(name: &str) -> Builder {
    Builder::new().name(name.to_owned())
}

fn after(scope: Scope, body: impl FnOnce()) -> Option<UnjoinedPanics> {
    let before = leaks::snapshot();
    body();
    let leaks = leaks::check(&before, scope, Policy::Fail);
    assert!(leaks.is_none(), "{}", leaks.unwrap());
    let panics = leaks::unjoined_panics(&before, scope);
    assert!(leaks::unjoined_panics(&before, scope).is_none(), "told once");
    panics
}
