//! The reference data set: what a busy year leaves on the disk.

use std::path::Path;

use opencode_monitor::model::Part;

use super::{DAY, bash, message, session, write as write_record};

/// How many sessions there are, each with one message that runs one command.
pub const SESSIONS: usize = 300;

/// How many of the commands are dangerous.
pub const DANGEROUS: usize = SESSIONS / 100;

/// Writes all files.
pub fn write(storage: &Path) {
    for number in 0..SESSIONS {
        let (id, message_id) = (format!("s{number:03}"), format!("m{number:03}"));
        let mut session = session(&id);
        session.time.updated += DAY * i64::try_from(number).expect("a small number");
        write_record(storage, "session", "p1", &id, &session);
        write_record(storage, "message", &id, &message_id, &message(&message_id, &id));
        let command = if number % 100 == 0 { "rm -rf /" } else { "cargo test" };
        let part = Part {
            session_id: id,
            message_id: message_id.clone(),
            ..bash(&format!("b{number:03}"), command)
        };
        write_record(storage, "part", &message_id, &part.id, &part);
    }
}
