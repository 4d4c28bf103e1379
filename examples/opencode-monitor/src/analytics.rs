//! [`AnalyticsDb`]: sessions, messages and parts in `DuckDB`, and the questions asked of them.

mod query;
mod row;

use std::slice;
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
        self.put(slice::from_ref(session))
    }

    /// Stores a message in place of the one with its id; fails if the database does.
    pub fn store_message(&self, message: &Message) -> Result<()> {
        self.put(slice::from_ref(message))
    }

    /// Stores a part in place of the one with its id; fails if the database does.
    pub fn store_part(&self, part: &Part) -> Result<()> {
        self.put(slice::from_ref(part))
    }

    /// Stores all or, if the database fails, none.
    pub fn store(&self, batch: &Batch) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        row::put(&transaction, &batch.sessions)?;
        row::put(&transaction, &batch.messages)?;
        row::put(&transaction, &batch.parts)?;
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

    fn put<R: row::Record>(&self, records: &[R]) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        row::put(&transaction, records)?;
        Ok(transaction.commit()?)
    }

    /// The connection, for one statement. A panic while it was held leaves it usable: a statement is whole or not done.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[isolate::isolated(group = "database")]
mod tests {
    use isolate::Db;

    use super::*;
    use crate::analytics::{Day, ProjectSessions, TokenTotals, ToolCalls};
    use crate::model::{MessageTime, ToolState};
    use crate::support::fixtures::{analytics_db, sample_data};
    use crate::support::{DAY, NOON, SampleData, bash, message, session, text, tool};

    #[test]
    fn records_come_back_as_they_went_in(analytics_db: &AnalyticsDb, sample_data: &SampleData) -> isolate::Result<()> {
        let session = sample_data.create_session("s1")?;
        let message = sample_data.create_message("m1", "s1")?;
        let part = sample_data.create_text_part("t1", "ünïcode 'quoted' \0")?;
        assert_eq!(analytics_db.get_session("s1")?, Some(session));
        assert_eq!(analytics_db.get_message("m1")?, Some(message));
        assert_eq!(analytics_db.get_part("t1")?, Some(part));
        Ok(())
    }

    #[test]
    fn an_unknown_id_is_nothing(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        assert_eq!(
            (
                analytics_db.get_session("x")?,
                analytics_db.get_message("x")?,
                analytics_db.get_part("x")?
            ),
            (None, None, None)
        );
        Ok(())
    }

    #[test]
    fn storing_again_replaces(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        let renamed = Session {
            title: "Renamed".into(),
            ..session("s1")
        };
        analytics_db.store_session(&session("s1"))?;
        analytics_db.store_session(&renamed)?;
        assert_eq!(analytics_db.get_session("s1")?, Some(renamed));
        assert_eq!(analytics_db.sessions()?.len(), 1);
        Ok(())
    }

    #[test]
    fn of_two_with_the_same_id_the_later_one_counts(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        analytics_db.store(&Batch {
            parts: vec![text("t1", "first"), text("t1", "second")],
            ..Batch::default()
        })?;
        assert_eq!(analytics_db.get_part("t1")?, Some(text("t1", "second")));
        Ok(())
    }

    #[test]
    fn a_session_is_listed_with_what_it_took(
        analytics_db: &AnalyticsDb,
        sample_data: &SampleData,
    ) -> isolate::Result<()> {
        sample_data.create_session("s1")?;
        sample_data.create_message("m1", "s1")?;
        sample_data.create_message("m2", "s1")?;
        let [listed] = &analytics_db.sessions()?[..] else {
            panic!("one session was stored")
        };
        assert_eq!((listed.messages, listed.tokens), (2, 240));
        Ok(())
    }

    #[test]
    fn the_busiest_project_comes_first(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        let elsewhere = Session {
            directory: "/home/me/blog".into(),
            ..session("s3")
        };
        [session("s1"), session("s2"), elsewhere]
            .iter()
            .try_for_each(|session| analytics_db.store_session(session))?;
        let count = |project: &str, sessions| ProjectSessions {
            project: project.into(),
            sessions,
        };
        assert_eq!(
            analytics_db.sessions_per_project()?,
            [count("shop", 2), count("blog", 1)]
        );
        Ok(())
    }

    #[test]
    fn tokens_of_an_empty_database_are_zero(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        assert_eq!(analytics_db.token_totals()?, TokenTotals::default());
        Ok(())
    }

    #[test]
    fn tools_are_counted_with_their_errors(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        let mut failed = bash("b2", "false");
        failed.state.as_mut().expect("bash has one").status = "error".into();
        let parts = [bash("b1", "ls"), failed, tool("r1", "read"), text("t1", "no tool")];
        parts.iter().try_for_each(|part| analytics_db.store_part(part))?;
        let calls = |tool: &str, calls, errors| ToolCalls {
            tool: tool.into(),
            calls,
            errors,
        };
        assert_eq!(analytics_db.tool_usage()?, [calls("bash", 2, 1), calls("read", 1, 0)]);
        Ok(())
    }

    #[test]
    fn a_call_without_arguments_keeps_its_status(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        let pending = ToolState {
            status: "pending".into(),
            input: serde_json::Value::Null,
        };
        let part = Part {
            state: Some(pending),
            ..tool("r1", "read")
        };
        analytics_db.store_part(&part)?;
        assert_eq!(analytics_db.get_part("r1")?, Some(part));
        Ok(())
    }

    #[test]
    fn days_are_those_of_utc(analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        for (id, created) in [("m1", NOON), ("m2", NOON + DAY / 2 - 1), ("m3", NOON + DAY / 2)] {
            analytics_db.store_message(&Message {
                time: MessageTime { created },
                ..message(id, "s1")
            })?;
        }
        let day = |date: &str, messages| Day {
            date: date.into(),
            messages,
            sessions: 1,
        };
        assert_eq!(
            analytics_db.daily_activity()?,
            [day("2026-01-12", 2), day("2026-01-13", 1)]
        );
        Ok(())
    }

    #[test]
    fn opening_twice_keeps_what_is_there(db: &Db, analytics_db: &AnalyticsDb) -> isolate::Result<()> {
        analytics_db.store_session(&session("s1"))?;
        let again = AnalyticsDb::open(db.connection()?)?;
        assert_eq!(again.get_session("s1")?, Some(session("s1")));
        Ok(())
    }

    #[test]
    #[should_panic(expected = "Table with name sessions does not exist")]
    fn a_missing_table_is_an_error(analytics_db: &AnalyticsDb) {
        analytics_db.lock().execute_batch("DROP TABLE sessions").unwrap();
        analytics_db.sessions().unwrap();
    }
}
