//! How a record becomes a row, and a row a record.

use duckdb::types::Type;
use duckdb::{Connection, Row, params};

use crate::Result;
use crate::model::{Message, MessageTime, Part, Session, SessionTime, Tokens, ToolState};

pub(super) const SESSION: &str =
    "SELECT id, project_id, directory, title, epoch_ms(created_at), epoch_ms(updated_at) FROM sessions";
pub(super) const MESSAGE: &str =
    "SELECT id, session_id, role, model, cost, tokens_input, tokens_output, epoch_ms(created_at) FROM messages";
pub(super) const PART: &str =
    "SELECT id, session_id, message_id, kind, content, tool_name, tool_status, arguments FROM parts";

pub(super) fn put_session(connection: &Connection, session: &Session) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, make_timestamp_ms(?), make_timestamp_ms(?))",
        params![
            session.id,
            session.project_id,
            session.project_name(),
            session.directory,
            session.title,
            session.time.created,
            session.time.updated
        ],
    )?;
    Ok(())
}

pub(super) fn put_message(connection: &Connection, message: &Message) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, make_timestamp_ms(?))",
        params![
            message.id,
            message.session_id,
            message.role,
            message.model,
            message.cost,
            message.tokens.input,
            message.tokens.output,
            message.time.created
        ],
    )?;
    Ok(())
}

// The columns are named: `enrichment.sql` may have added others, which start empty again when a part changes.
pub(super) fn put_part(connection: &Connection, part: &Part) -> Result<()> {
    connection.execute("DELETE FROM parts WHERE id = ?", params![part.id])?;
    connection.execute(
        "INSERT INTO parts (id, session_id, message_id, kind, content, tool_name, tool_status, arguments)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            part.id,
            part.session_id,
            part.message_id,
            part.kind,
            part.text,
            part.tool,
            part.state.as_ref().map(|state| &state.status),
            part.state.as_ref().map(|state| state.input.to_string())
        ],
    )?;
    Ok(())
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
