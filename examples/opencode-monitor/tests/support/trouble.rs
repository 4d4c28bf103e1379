//! What the tests of the troubleshooting table do, the bad ones in `tests/bad.rs` and the good ones in
//! `tests/guide/troubleshooting.rs`: the same, but for what they share.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, process};

use duckdb::Connection;
use opencode_monitor::AnalyticsDb;
use opencode_monitor::api::{self, Server};
use opencode_monitor::cache::CacheManager;
use opencode_monitor::watcher::Watcher;

use super::session;

/// Opens the application's database at this path.
pub fn open(path: &Path) -> Arc<AnalyticsDb> {
    let connection = Connection::open(path).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(AnalyticsDb::open(connection).unwrap_or_else(|error| panic!("{error}")))
}

/// Runs the monitor's own `load` command on the database at this path.
pub fn run_monitor(program: &str, path: &Path) {
    let output = Command::new(program)
        .arg("load")
        .arg("no such storage")
        .arg(path)
        .output()
        .expect("it can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Stores one session and expects to find just that one.
pub fn store_one(db: &AnalyticsDb, id: &str) {
    db.store_session(&session(id)).unwrap();
    let ids: Vec<_> = db.sessions().unwrap().into_iter().map(|session| session.id).collect();
    assert_eq!(ids, [id], "other sessions than this test's are in its database");
}

/// Starts a server on this address.
pub fn create_server(bound: std::io::Result<TcpListener>) -> Server {
    let listener = bound.unwrap_or_else(|error| panic!("{error}"));
    let db = AnalyticsDb::open(Connection::open_in_memory().unwrap()).unwrap();
    api::serve(listener, Arc::new(db)).unwrap()
}

/// Logs in and expects to be the first.
pub fn log_in(cache: &CacheManager, user: &str) {
    assert_eq!(cache.get("user"), None, "somebody is logged in already");
    cache.set("user", user);
}

/// Starts a watcher over an empty database in memory.
pub fn start_watcher() -> Watcher {
    let db = AnalyticsDb::open(Connection::open_in_memory().unwrap()).unwrap();
    Watcher::start("no such storage", Arc::new(db), Duration::from_hours(1)).unwrap()
}

/// Expects that no watcher runs any more in this process.
pub fn expect_no_watchers() {
    let watching = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("comm")).ok())
        .filter(|name| name.trim() == "session-watcher")
        .count();
    assert_eq!(watching, 0, "leaked {watching} thread(s)");
}

/// A database file that all tests of this process share, which is the mistake.
pub fn shared_database(name: &str) -> PathBuf {
    env::temp_dir().join(format!("opencode-monitor-{}-{name}.duckdb", process::id()))
}
