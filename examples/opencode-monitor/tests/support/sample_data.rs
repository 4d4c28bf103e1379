//! [`SampleData`]: records on their way into a test's database.

use std::sync::Arc;

use isolate::Result;
use opencode_monitor::AnalyticsDb;
use opencode_monitor::model::{Message, Part, Session};

use super::{bash, message, session, text};

/// Each method makes a record of the usual kind, stores it, and returns it.
pub struct SampleData {
    db: Arc<AnalyticsDb>,
}

impl SampleData {
    /// Stores in this database.
    pub fn new(db: Arc<AnalyticsDb>) -> Self {
        Self { db }
    }

    /// A session of the project `shop`.
    pub fn create_session(&self, id: &str) -> Result<Session> {
        let session = session(id);
        self.db.store_session(&session)?;
        Ok(session)
    }

    /// An answer that took 100 tokens in, 20 out, and 25 cents.
    pub fn create_message(&self, id: &str, session: &str) -> Result<Message> {
        let message = message(id, session);
        self.db.store_message(&message)?;
        Ok(message)
    }

    /// A text in the message `m1` of the session `s1`.
    pub fn create_text_part(&self, id: &str, content: &str) -> Result<Part> {
        self.create_part(text(id, content))
    }

    /// A call of bash in the message `m1` of the session `s1`.
    pub fn create_bash_part(&self, id: &str, command: &str) -> Result<Part> {
        self.create_part(bash(id, command))
    }

    fn create_part(&self, part: Part) -> Result<Part> {
        self.db.store_part(&part)?;
        Ok(part)
    }
}
