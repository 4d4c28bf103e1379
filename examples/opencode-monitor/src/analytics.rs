//! [`AnalyticsDb`]: sessions, messages and parts in `DuckDB`, and the questions asked of them.

mod query;
mod row;

use std::sync::{Mutex, MutexGuard, PoisonError};

use duckdb::{Connection, OptionalExt, params};

use crate::Result;
use crate::model::{Message, Part, Session};

pub use query::{Day, ProjectSessions, SessionSummary, TokenTotals, ToolCalls};

/// The database of the monitor. It owns one connection and may be shared between threads.
#[derive(Debug)]
pub struct AnalyticsDb {
    connection: Mutex<Connection>,
}

/// What one reading of the storage directory found.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Batch {
    /// In no order.
    pub sessions: Vec<Session>,
    /// In no order.
    pub messages: Vec<Message>,
    /// In no order.
    pub parts: Vec<Part>,
}

impl AnalyticsDb {
    /// Takes the connection and applies `schema.sql`, which fails if the tables are there in another shape.
    pub fn open(connection: Connection) -> Result<Self> {
        connection.execute_batch(include_str!("../schema.sql"))?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Stores a session in place of the one with its id; fails if the database does.
    pub fn store_session(&self, session: &Session) -> Result<()> {
        row::put_session(&self.lock(), session)
    }

    /// Stores a message in place of the one with its id; fails if the database does.
    pub fn store_message(&self, message: &Message) -> Result<()> {
        row::put_message(&self.lock(), message)
    }

    /// Stores a part in place of the one with its id; fails if the database does.
    pub fn store_part(&self, part: &Part) -> Result<()> {
        row::put_part(&self.lock(), part)
    }

    /// Stores all or, if the database fails, none.
    pub fn store(&self, batch: &Batch) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        batch
            .sessions
            .iter()
            .try_for_each(|session| row::put_session(&transaction, session))?;
        batch
            .messages
            .iter()
            .try_for_each(|message| row::put_message(&transaction, message))?;
        batch
            .parts
            .iter()
            .try_for_each(|part| row::put_part(&transaction, part))?;
        Ok(transaction.commit()?)
    }

    /// The session with this id; fails if the database does.
    pub fn get_session(&self, id: &str) -> Result<Option<Session>> {
        let sql = format!("{} WHERE id = ?", row::SESSION);
        Ok(self.lock().query_row(&sql, params![id], row::session).optional()?)
    }

    /// The message with this id; fails if the database does.
    pub fn get_message(&self, id: &str) -> Result<Option<Message>> {
        let sql = format!("{} WHERE id = ?", row::MESSAGE);
        Ok(self.lock().query_row(&sql, params![id], row::message).optional()?)
    }

    /// The part with this id; fails if the database does.
    pub fn get_part(&self, id: &str) -> Result<Option<Part>> {
        let sql = format!("{} WHERE id = ?", row::PART);
        Ok(self.lock().query_row(&sql, params![id], row::part).optional()?)
    }

    /// The messages of a session, oldest first; fails if the database does.
    pub fn messages_of(&self, session: &str) -> Result<Vec<Message>> {
        let sql = format!("{} WHERE session_id = ? ORDER BY created_at, id", row::MESSAGE);
        let connection = self.lock();
        let mut statement = connection.prepare(&sql)?;
        let messages = statement
            .query_map(params![session], row::message)?
            .collect::<duckdb::Result<_>>()?;
        Ok(messages)
    }

    /// The connection, for one statement. A panic while it was held leaves it usable: a statement is whole or not done.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
