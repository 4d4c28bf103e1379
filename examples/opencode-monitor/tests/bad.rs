//! The guide's troubleshooting table, written the bad way: plain tests that share what they shouldn't. In each pair the
//! polluter passes and the victim fails, whatever the order in which the threads happen to run:
//!
//! ```text
//! cargo test -p opencode-monitor --test bad -- --test-threads=4
//! ```
//!
//! `tests/guide/troubleshooting.rs` does the same in isolated tests, where the victims pass.

mod support;

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use support::trouble::{
    create_server, expect_no_watchers, log_in, open, run_monitor, shared_database, start_watcher, store_one,
};

/// Lets the victim of a pair meet its polluter each time, where chance would do it now and then.
struct Event {
    happened: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    const fn new() -> Self {
        Self {
            happened: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    fn set(&self) {
        *self.happened.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let happened = self.happened.lock().unwrap();
        let (happened, _) = self
            .changed
            .wait_timeout_while(happened, Duration::from_secs(10), |happened| !*happened)
            .unwrap();
        assert!(
            *happened,
            "the other test of this pair isn't running: run the whole file with --test-threads=4"
        );
    }
}

/// "Database is locked": two processes, one file.
mod database_is_locked {
    use super::*;

    static OPENED: Event = Event::new();
    static TRIED: Event = Event::new();

    #[test]
    fn polluter() {
        let db = open(&shared_database("locked"));
        OPENED.set();
        TRIED.wait();
        drop(db);
        std::fs::remove_file(shared_database("locked")).unwrap();
    }

    #[test]
    fn victim() {
        OPENED.wait();
        let result = std::panic::catch_unwind(|| {
            run_monitor(env!("CARGO_BIN_EXE_opencode-monitor"), &shared_database("locked"));
        });
        TRIED.set();
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
}

/// Pollution: one database, and each test expects only its own rows.
mod database_is_polluted {
    use super::*;

    static STORED: Event = Event::new();

    #[test]
    fn polluter() {
        store_one(&open(&shared_database("polluted")), "polluter");
        STORED.set();
    }

    #[test]
    fn victim() {
        STORED.wait();
        let db = open(&shared_database("polluted"));
        std::fs::remove_file(shared_database("polluted")).unwrap();
        store_one(&db, "victim");
    }
}

/// "Port already in use": two servers, one fixed number.
mod port_is_in_use {
    use std::net::TcpListener;

    use super::*;

    const PORT: u16 = 5000;
    static SERVING: Event = Event::new();
    static TRIED: Event = Event::new();

    #[test]
    fn polluter() {
        let bound = TcpListener::bind(("127.0.0.1", PORT));
        // Also if a stranger has the port: the victim says the same.
        SERVING.set();
        let _server = create_server(bound);
        TRIED.wait();
    }

    #[test]
    fn victim() {
        SERVING.wait();
        let bound = TcpListener::bind(("127.0.0.1", PORT));
        TRIED.set();
        create_server(bound);
    }
}

/// "Singleton state pollution": one cache, never reset.
mod singleton_is_polluted {
    use opencode_monitor::cache::CACHE;

    use super::*;

    static LOGGED_IN: Event = Event::new();

    #[test]
    fn polluter() {
        log_in(&CACHE, "polluter");
        LOGGED_IN.set();
    }

    #[test]
    fn victim() {
        LOGGED_IN.wait();
        log_in(&CACHE, "victim");
    }
}

/// Leaked threads: the polluter never stops its watcher, and the victim, which does, is accused.
mod thread_is_leaked {
    use super::*;

    static LEAKED: Event = Event::new();

    #[test]
    fn polluter() {
        start_watcher().detach();
        LEAKED.set();
    }

    #[test]
    fn victim() {
        LEAKED.wait();
        start_watcher().stop();
        expect_no_watchers();
    }
}
