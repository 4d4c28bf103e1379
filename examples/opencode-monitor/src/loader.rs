//! Reads the storage directory into the database. A file that can't be read is reported and left out; it never takes
//! another one with it, and it is tried again when it changes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::analytics::Batch;
use crate::{AnalyticsDb, Result};

/// What a load did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Sessions stored.
    pub sessions: usize,
    /// Messages stored.
    pub messages: usize,
    /// Parts stored.
    pub parts: usize,
    /// Files left out.
    pub rejected: Vec<Rejected>,
}

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Loads every file below the storage directory; fails if the database does, and then has stored nothing.
pub fn load(storage: &Path, db: &AnalyticsDb) -> Result<Report> {
    Loader::default().load_changed(storage, db)
}

/// Loads again and again, each time only what has changed.
#[derive(Debug, Default)]
pub struct Loader {
    seen: HashMap<PathBuf, Stamp>,
}

/// Tells one state of a file from another.
type Stamp = (Option<SystemTime>, u64);

impl Loader {
    /// Loads the files that are new or changed since the last call; fails if the database does, and then has stored
    /// nothing and tries the same files the next time.
    pub fn load_changed(&mut self, storage: &Path, db: &AnalyticsDb) -> Result<Report> {
        let mut report = Report::default();
        let mut changed = Vec::new();
        let batch = Batch {
            sessions: self.read_kind(storage, "session", &mut changed, &mut report.rejected),
            messages: self.read_kind(storage, "message", &mut changed, &mut report.rejected),
            parts: self.read_kind(storage, "part", &mut changed, &mut report.rejected),
        };
        report.sessions = batch.sessions.len();
        report.messages = batch.messages.len();
        report.parts = batch.parts.len();
        if report.sessions + report.messages + report.parts > 0 {
            db.store(&batch)?;
        }
        self.seen.extend(changed);
        Ok(report)
    }

    fn read_kind<T: DeserializeOwned>(
        &self,
        storage: &Path,
        kind: &str,
        changed: &mut Vec<(PathBuf, Stamp)>,
        rejected: &mut Vec<Rejected>,
    ) -> Vec<T> {
        let mut records = Vec::new();
        for path in json_files(&storage.join(kind)) {
            // The stamp is taken before the content: a change in between is seen the next time.
            let stamp = stamp(&path);
            if self.seen.get(&path) == Some(&stamp) {
                continue;
            }
            match read(&path) {
                Ok(record) => records.push(record),
                Err(reason) => rejected.push(Rejected {
                    path: path.clone(),
                    reason,
                }),
            }
            changed.push((path, stamp));
        }
        records
    }
}

/// The files `<folder>/*/*.json`, in order.
fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = entries(folder)
        .flat_map(|owner| entries(&owner))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

/// What is in the folder; nothing, if there is no such folder: opencode creates them when it first needs them.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
}

fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).map_or((None, 0), |metadata| (metadata.modified().ok(), metadata.len()))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
#[isolate::isolated(group = "database")]
mod tests {
    use isolate::{Db, Storage};

    use super::*;
    use crate::support::fixtures::{analytics_db, reference_data};
    use crate::support::{bash, message, reference, session, write, write_conversation};

    #[test]
    fn everything_is_loaded(analytics_db: &AnalyticsDb, storage: &Storage) -> isolate::Result<()> {
        write_conversation(storage, "ls");
        let report = load(storage, analytics_db)?;
        assert_eq!((report.sessions, report.messages, report.parts), (1, 1, 2));
        assert_eq!(analytics_db.get_session("s1")?, Some(session("s1")));
        assert_eq!(analytics_db.get_message("m1")?, Some(message("m1", "s1")));
        assert_eq!(analytics_db.get_part("b1")?, Some(bash("b1", "ls")));
        Ok(())
    }

    #[test]
    fn an_empty_directory_is_no_error(analytics_db: &AnalyticsDb, storage: &Storage) -> isolate::Result<()> {
        assert_eq!(load(storage, analytics_db)?, Report::default());
        Ok(())
    }

    #[test]
    fn a_malformed_file_is_reported_and_takes_no_other_with_it(
        analytics_db: &AnalyticsDb,
        storage: &Storage,
    ) -> isolate::Result<()> {
        let bad = write(storage, "session", "p1", "s0", &"half a session");
        write_conversation(storage, "ls");
        let report = load(storage, analytics_db)?;
        assert_eq!((report.sessions, report.messages, report.parts), (1, 1, 2));
        let [rejected] = &report.rejected[..] else {
            panic!("{:?}", report.rejected)
        };
        assert_eq!(rejected.path, bad);
        assert!(
            rejected.reason.contains("expected struct Session"),
            "{}",
            rejected.reason
        );
        Ok(())
    }

    #[test]
    fn only_what_changed_is_loaded_again(analytics_db: &AnalyticsDb, storage: &Storage) -> isolate::Result<()> {
        let mut loader = Loader::default();
        write_conversation(storage, "ls");
        loader.load_changed(storage, analytics_db)?;
        assert_eq!(loader.load_changed(storage, analytics_db)?, Report::default());
        write(storage, "part", "m1", "b1", &bash("b1", "ls -la"));
        assert_eq!(loader.load_changed(storage, analytics_db)?.parts, 1);
        assert_eq!(analytics_db.get_part("b1")?, Some(bash("b1", "ls -la")));
        Ok(())
    }

    #[test]
    fn a_repaired_file_is_loaded(analytics_db: &AnalyticsDb, storage: &Storage) -> isolate::Result<()> {
        let mut loader = Loader::default();
        write(storage, "session", "p1", "s1", &"half a session");
        assert_eq!(loader.load_changed(storage, analytics_db)?.rejected.len(), 1);
        assert_eq!(
            loader.load_changed(storage, analytics_db)?.rejected.len(),
            0,
            "it is reported once"
        );
        write(storage, "session", "p1", "s1", &session("s1"));
        assert_eq!(loader.load_changed(storage, analytics_db)?.sessions, 1);
        Ok(())
    }

    #[test]
    fn what_the_database_refused_is_tried_again(
        db: &Db,
        analytics_db: &AnalyticsDb,
        storage: &Storage,
    ) -> isolate::Result<()> {
        let other = db.connection()?;
        let mut loader = Loader::default();
        write_conversation(storage, "ls");
        other.execute_batch("ALTER TABLE parts RENAME TO hidden")?;
        assert!(loader.load_changed(storage, analytics_db).is_err());
        assert_eq!(analytics_db.get_session("s1")?, None, "all or nothing");
        other.execute_batch("ALTER TABLE hidden RENAME TO parts")?;
        assert_eq!(loader.load_changed(storage, analytics_db)?.parts, 2);
        Ok(())
    }

    #[test]
    fn a_large_directory_is_loaded_at_once(analytics_db: &AnalyticsDb, reference_data: &Path) -> isolate::Result<()> {
        let report = load(reference_data, analytics_db)?;
        let all = reference::SESSIONS;
        assert_eq!((report.sessions, report.messages, report.parts), (all, all, all));
        assert_eq!(report.rejected, []);
        Ok(())
    }
}
