//! [`Watcher`]: follows the storage directory from a thread of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::AnalyticsDb;
use crate::loader::{Loader, Report};

/// Loads what changes below the storage directory, until it is stopped or dropped.
#[derive(Debug)]
pub struct Watcher {
    running: Option<(Sender<()>, JoinHandle<Report>)>,
}

impl Watcher {
    /// Starts the thread, which looks at once and then once per `interval`.
    /// Fails if the system refuses a thread.
    pub fn start(storage: impl Into<PathBuf>, db: Arc<AnalyticsDb>, interval: Duration) -> io::Result<Self> {
        let storage = storage.into();
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("session-watcher".into())
            .spawn(move || watch(&storage, &db, interval, &stopped))?;
        Ok(Self {
            running: Some((stop, thread)),
        })
    }

    /// Looks a last time, ends the thread, and says what it loaded altogether.
    pub fn stop(mut self) -> Report {
        self.join().unwrap_or_default()
    }

    /// Lets the thread watch for as long as the process lives. Nobody can stop it any more.
    pub fn detach(self) {
        std::mem::forget(self);
    }

    fn join(&mut self) -> Option<Report> {
        let (stop, thread) = self.running.take()?;
        drop(stop);
        match thread.join() {
            Ok(report) => Some(report),
            // A second panic while the first one unwinds would abort the process.
            Err(_) if thread::panicking() => None,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.join();
    }
}

/// Ends when the other end of `stopped` is gone.
fn watch(storage: &Path, db: &AnalyticsDb, interval: Duration, stopped: &Receiver<()>) -> Report {
    let mut loader = Loader::default();
    let mut total = Report::default();
    loop {
        let last = matches!(stopped.try_recv(), Err(mpsc::TryRecvError::Disconnected));
        match loader.load_changed(storage, db) {
            Ok(report) => total = sum(total, report),
            Err(error) => eprintln!("session-watcher: {error}; trying again"),
        }
        if last {
            return total;
        }
        // Time out or be stopped: both lead to one more look.
        let (Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)) = stopped.recv_timeout(interval);
    }
}

fn sum(mut total: Report, report: Report) -> Report {
    total.sessions += report.sessions;
    total.messages += report.messages;
    total.parts += report.parts;
    total.rejected.extend(report.rejected);
    total
}

#[cfg(test)]
#[isolate::isolated(timeout = "20s")]
mod tests {
    use isolate::{Storage, wait_for};

    use super::*;
    use crate::support::fixtures::{analytics_db, background_thread};
    use crate::support::{session, write, write_conversation};

    const NEVER: Duration = Duration::from_hours(1);

    #[test]
    fn what_is_there_already_is_loaded(analytics_db: &Arc<AnalyticsDb>, storage: &Storage) -> isolate::Result<()> {
        write_conversation(storage, "ls");
        let _watcher = Watcher::start(storage.path(), analytics_db.clone(), NEVER)?;
        wait_for("the first load").until(|| analytics_db.get_part("b1").unwrap().is_some());
        Ok(())
    }

    #[test]
    fn what_comes_later_is_loaded(_background_thread: &Watcher, storage: &Storage, analytics_db: &AnalyticsDb) {
        write(storage, "session", "p1", "s1", &session("s1"));
        wait_for("the session").until(|| analytics_db.get_session("s1").unwrap().is_some());
    }

    #[isolate::isolated(background_thread(interval = NEVER))]
    fn stopping_looks_a_last_time(
        background_thread: Watcher,
        storage: &Storage,
        analytics_db: &AnalyticsDb,
    ) -> isolate::Result<()> {
        write_conversation(storage, "ls");
        let report = background_thread.stop();
        // A file that the first look met half written is loaded again, and counted again.
        assert!(
            report.sessions >= 1 && report.messages >= 1 && report.parts >= 2,
            "{report:?}"
        );
        assert!(analytics_db.get_part("b1")?.is_some());
        Ok(())
    }

    #[test]
    fn dropping_joins_the_thread(background_thread: Watcher, analytics_db: &Arc<AnalyticsDb>) {
        let before = Arc::strong_count(analytics_db);
        drop(background_thread);
        assert_eq!(
            Arc::strong_count(analytics_db),
            before - 1,
            "the thread held the other one"
        );
    }
}
