//! A test that is broken on purpose, to show how a leak is reported:
//!
//! ```text
//! cargo test -p opencode-monitor --test leaky -- --ignored
//! ```

mod support;

use isolate::prelude::*;
use opencode_monitor::settings::SETTINGS;
use opencode_monitor::watcher::Watcher;
use support::{analytics, write_conversation};

#[isolated(storage)]
#[ignore = "leaks its watcher on purpose"]
fn loads_what_is_written(db: &Db) -> Result {
    let db = analytics(db)?;
    let watcher = Watcher::start(storage.path(), db.clone(), SETTINGS.refresh())?;
    write_conversation(storage, "ls");
    wait_for("the session").until(|| db.get_session("s1").unwrap().is_some());
    watcher.detach(); // It should have been `stop()`.
    Ok(())
}
