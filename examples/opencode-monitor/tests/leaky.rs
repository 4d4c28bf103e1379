//! A test that is broken on purpose, to show how a leak is reported:
//!
//! ```text
//! cargo test -p opencode-monitor --test leaky -- --ignored
//! ```

mod support;

use std::sync::Arc;

use isolate::prelude::*;
use opencode_monitor::AnalyticsDb;
use opencode_monitor::settings::SETTINGS;
use opencode_monitor::watcher::Watcher;
use support::fixtures::analytics_db;
use support::write_conversation;

#[isolated]
#[ignore = "leaks its watcher on purpose"]
fn loads_what_is_written(storage: &Storage, analytics_db: &Arc<AnalyticsDb>) -> Result {
    // It should have been the fixture `background_thread`, which is joined in any case.
    let watcher = Watcher::start(storage.path(), analytics_db.clone(), SETTINGS.refresh())?;
    write_conversation(storage, "ls");
    wait_for("the session").until(|| analytics_db.get_session("s1").unwrap().is_some());
    watcher.detach(); // Or at least `stop()`.
    Ok(())
}
