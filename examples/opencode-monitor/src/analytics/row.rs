//! How a record becomes a row, and a row a record.

use std::collections::BTreeMap;

use duckdb::types::{TimeUnit, Type, Value};
use duckdb::{Connection, Row, appender_params_from_iter, params_from_iter};

use crate::Result;
use crate::model::{Message, MessageTime, Part, Session, SessionTime, Tokens, ToolState};

pub(super) const SESSION: &str =
    "SELECT id, project_id, directory, title, epoch_ms(created_at), epoch_ms(updated_at) FROM sessions";
pub(super) const MESSAGE: &str =
    "SELECT id, session_id, role, model, cost, tokens_input, tokens_output, epoch_ms(created_at) FROM messages";
pub(super) const PART: &str =
    "SELECT id, session_id, message_id, kind, content, tool_name, tool_status, arguments FROM parts";

/// Something that is stored under its id in a table of its own.
pub(super) trait Record {
    const TABLE: &str;
    /// Those that [`Record::values`] fills: a later layer of the schema may add others, which start empty again when a
    /// record changes.
    const COLUMNS: &[&str];
    fn id(&self) -> &str;
    fn values(&self) -> Vec<Value>;
}

/// Stores the records in place of those with the same ids. Of two with the same id the later one counts.
///
/// `INSERT OR REPLACE` would do, and takes 2.3 ms a record; appending takes 10 µs.
pub(super) fn put<R: Record>(connection: &Connection, records: &[R]) -> Result<()> {
    let by_id: BTreeMap<&str, &R> = records.iter().map(|record| (record.id(), record)).collect();
    for ids in by_id.keys().collect::<Vec<_>>().chunks(1000) {
        let marks = vec!["?"; ids.len()].join(", ");
        let sql = format!("DELETE FROM {} WHERE id IN ({marks})", R::TABLE);
        connection.execute(&sql, params_from_iter(ids))?;
    }
    let mut appender = connection.appender_with_columns(R::TABLE, R::COLUMNS)?;
    for record in by_id.values() {
        appender.append_row(appender_params_from_iter(record.values()))?;
    }
    Ok(appender.flush()?)
}

impl Record for Session {
    const TABLE: &str = "sessions";
    const COLUMNS: &[&str] = &[
        "id",
        "project_id",
        "project_name",
        "directory",
        "title",
        "created_at",
        "updated_at",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.clone().into(),
            self.project_id.clone().into(),
            self.project_name().to_owned().into(),
            self.directory.clone().into(),
            self.title.clone().into(),
            timestamp(self.time.created),
            timestamp(self.time.updated),
        ]
    }
}

impl Record for Message {
    const TABLE: &str = "messages";
    const COLUMNS: &[&str] = &[
        "id",
        "session_id",
        "role",
        "model",
        "cost",
        "tokens_input",
        "tokens_output",
        "created_at",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.clone().into(),
            self.session_id.clone().into(),
            self.role.clone().into(),
            self.model.clone().into(),
            self.cost.into(),
            self.tokens.input.into(),
            self.tokens.output.into(),
            timestamp(self.time.created),
        ]
    }
}

impl Record for Part {
    const TABLE: &str = "parts";
    const COLUMNS: &[&str] = &[
        "id",
        "session_id",
        "message_id",
        "kind",
        "content",
        "tool_name",
        "tool_status",
        "arguments",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.clone().into(),
            self.session_id.clone().into(),
            self.message_id.clone().into(),
            self.kind.clone().into(),
            self.text.clone().into(),
            self.tool.clone().into(),
            self.state.as_ref().map(|state| state.status.clone()).into(),
            self.state.as_ref().map(|state| state.input.to_string()).into(),
        ]
    }
}

fn timestamp(milliseconds: i64) -> Value {
    Value::Timestamp(TimeUnit::Microsecond, milliseconds.saturating_mul(1000))
}

pub(super) fn session(row: &Row<'_>) -> duckdb::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        project_id: row.get(1)?,
        directory: row.get(2)?,
        title: row.get(3)?,
        time: SessionTime {
            created: row.get(4)?,
            updated: row.get(5)?,
        },
    })
}

pub(super) fn message(row: &Row<'_>) -> duckdb::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        session_id: row.get(1)?,
        role: row.get(2)?,
        model: row.get(3)?,
        cost: row.get(4)?,
        tokens: Tokens {
            input: row.get(5)?,
            output: row.get(6)?,
        },
        time: MessageTime { created: row.get(7)? },
    })
}

pub(super) fn part(row: &Row<'_>) -> duckdb::Result<Part> {
    let state = match (row.get::<_, Option<String>>(6)?, row.get::<_, Option<String>>(7)?) {
        (Some(status), Some(input)) => Some(ToolState {
            status,
            input: json(7, &input)?,
        }),
        _ => None,
    };
    Ok(Part {
        id: row.get(0)?,
        session_id: row.get(1)?,
        message_id: row.get(2)?,
        kind: row.get(3)?,
        text: row.get(4)?,
        tool: row.get(5)?,
        state,
    })
}

fn json(column: usize, text: &str) -> duckdb::Result<serde_json::Value> {
    serde_json::from_str(text)
        .map_err(|error| duckdb::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
