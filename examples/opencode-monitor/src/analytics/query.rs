//! The questions that the API answers.

use duckdb::Row;
use serde::{Deserialize, Serialize};

use super::AnalyticsDb;
use crate::Result;

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// `ses_…`
    pub id: String,
    /// The project's name.
    pub project: String,
    /// What the session is about.
    pub title: String,
    /// How many messages it has.
    pub messages: i64,
    /// Tokens read and written.
    pub tokens: i64,
}

/// How many sessions a project has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSessions {
    /// The project's name.
    pub project: String,
    /// How many.
    pub sessions: i64,
}

/// What all messages took together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenTotals {
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
    /// Dollars.
    pub cost: f64,
}

/// How often a tool was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCalls {
    /// The tool's name.
    pub tool: String,
    /// How often.
    pub calls: i64,
    /// How many of the calls ended in an error.
    pub errors: i64,
}

/// What happened on one day (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// `2026-01-12`
    pub date: String,
    /// Messages written.
    pub messages: i64,
    /// Sessions in which they were written.
    pub sessions: i64,
}

impl AnalyticsDb {
    /// All sessions, the last changed first; fails if the database does.
    pub fn sessions(&self) -> Result<Vec<SessionSummary>> {
        self.rows(
            "SELECT s.id, s.project_name, s.title, count(m.id),
                    coalesce(sum(m.tokens_input + m.tokens_output), 0)::BIGINT
             FROM sessions s LEFT JOIN messages m ON m.session_id = s.id
             GROUP BY s.id, s.project_name, s.title, s.updated_at
             ORDER BY s.updated_at DESC, s.id",
            |row| {
                Ok(SessionSummary {
                    id: row.get(0)?,
                    project: row.get(1)?,
                    title: row.get(2)?,
                    messages: row.get(3)?,
                    tokens: row.get(4)?,
                })
            },
        )
    }

    /// Sessions per project, the busiest first; fails if the database does.
    pub fn sessions_per_project(&self) -> Result<Vec<ProjectSessions>> {
        self.rows(
            "SELECT project_name, count(*) FROM sessions GROUP BY project_name ORDER BY count(*) DESC, project_name",
            |row| {
                Ok(ProjectSessions {
                    project: row.get(0)?,
                    sessions: row.get(1)?,
                })
            },
        )
    }

    /// What all messages took together; fails if the database does.
    pub fn token_totals(&self) -> Result<TokenTotals> {
        let totals = self.lock().query_row(
            "SELECT coalesce(sum(tokens_input), 0)::BIGINT, coalesce(sum(tokens_output), 0)::BIGINT,
                    coalesce(sum(cost), 0)
             FROM messages",
            [],
            |row| {
                Ok(TokenTotals {
                    input: row.get(0)?,
                    output: row.get(1)?,
                    cost: row.get(2)?,
                })
            },
        )?;
        Ok(totals)
    }

    /// How often each tool was called, the most used first; fails if the database does.
    pub fn tool_usage(&self) -> Result<Vec<ToolCalls>> {
        self.rows(
            "SELECT tool_name, count(*), count(*) FILTER (tool_status = 'error')
             FROM parts WHERE tool_name IS NOT NULL GROUP BY tool_name ORDER BY count(*) DESC, tool_name",
            |row| {
                Ok(ToolCalls {
                    tool: row.get(0)?,
                    calls: row.get(1)?,
                    errors: row.get(2)?,
                })
            },
        )
    }

    /// What happened on each day, in order; fails if the database does.
    pub fn daily_activity(&self) -> Result<Vec<Day>> {
        self.rows(
            "SELECT strftime(created_at, '%Y-%m-%d') AS day, count(*), count(DISTINCT session_id)
             FROM messages GROUP BY day ORDER BY day",
            |row| {
                Ok(Day {
                    date: row.get(0)?,
                    messages: row.get(1)?,
                    sessions: row.get(2)?,
                })
            },
        )
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> duckdb::Result<T>) -> Result<Vec<T>> {
        let connection = self.lock();
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], read)?.collect::<duckdb::Result<_>>()?;
        Ok(rows)
    }
}
