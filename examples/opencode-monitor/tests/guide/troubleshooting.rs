//! The guide's troubleshooting table, written the good way: the pairs of `tests/bad.rs`, isolated. Here polluter and
//! victim need not even meet: nothing that the one does can reach the other.

use isolate::prelude::*;

use crate::support::trouble::{create_server, expect_no_watchers, log_in, open, run_monitor, start_watcher, store_one};

/// "Database is locked": each test has a file of its own.
#[isolated]
mod database_is_locked {
    use super::*;

    #[test]
    fn polluter(db: &Db) {
        let db = open(db.path());
        store_one(&db, "polluter");
    }

    #[test]
    fn victim(db: &Db) {
        run_monitor(env!("CARGO_BIN_EXE_opencode-monitor"), db.path());
    }
}

/// Pollution: each test has a database of its own.
#[isolated]
mod database_is_polluted {
    use super::*;

    #[test]
    fn polluter(db: &Db) {
        store_one(&open(db.path()), "polluter");
    }

    #[test]
    fn victim(db: &Db) {
        store_one(&open(db.path()), "victim");
    }
}

/// "Port already in use": each test has ports of its own.
#[isolated]
mod port_is_in_use {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn polluter(port: &Port) -> Result {
        create_server(Ok(port.listener()?));
        Ok(())
    }

    /// The number alone does too, for code that binds by itself.
    #[test]
    fn victim(port: &Port) {
        create_server(TcpListener::bind(("127.0.0.1", port.number())));
    }
}

/// "Singleton state pollution": each test finds the cache as it was in the beginning.
#[isolated]
mod singleton_is_polluted {
    use opencode_monitor::cache::CACHE;

    use super::*;

    #[test]
    fn polluter() {
        log_in(&CACHE, "polluter");
    }

    #[test]
    fn victim() {
        log_in(&CACHE, "victim");
    }
}

/// Leaked threads: who leaks is named (`tests/leaky.rs` shows it), and who doesn't is never accused.
#[isolated]
mod thread_is_leaked {
    use super::*;

    #[test]
    fn victim() {
        start_watcher().stop();
        expect_no_watchers();
    }
}
