//! How dangerous are the shell commands that the agent ran? Scores them, and writes the answer into the columns that
//! `enrichment.sql` adds to the parts.

mod command;
mod rules;

use duckdb::params;
use serde::{Deserialize, Serialize};

use crate::{AnalyticsDb, Error, Result};

pub use rules::{Level, Risk, score};

/// A command that scored at or above the threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The part that holds the command.
    pub part_id: String,
    /// The session in which it ran.
    pub session_id: String,
    /// The command.
    pub command: String,
    /// 0–100.
    pub score: i32,
    /// `low`, `medium`, `high` or `critical`.
    pub level: String,
    /// What is dangerous about it.
    pub reason: String,
    /// MITRE ATT&CK technique ids.
    pub techniques: Vec<String>,
}

/// Adds the security columns, once; fails if the database does.
pub fn install(db: &AnalyticsDb) -> Result<()> {
    Ok(db.lock().execute_batch(include_str!("../enrichment.sql"))?)
}

/// Scores the bash commands that have no score yet and says how many there were; fails if the database does, or if
/// the security columns are missing.
pub fn enrich(db: &AnalyticsDb) -> Result<usize> {
    require_columns(db)?;
    let mut connection = db.lock();
    let transaction = connection.transaction()?;
    let commands: Vec<(String, String)> = transaction
        .prepare(
            "SELECT id, arguments FROM parts
             WHERE tool_name = 'bash' AND arguments IS NOT NULL AND security_enriched_at IS NULL",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<duckdb::Result<_>>()?;
    for (id, arguments) in &commands {
        let risk = score(&command_of(arguments));
        transaction.execute(
            "UPDATE parts SET risk_score = ?, risk_level = ?, risk_reason = ?, mitre_techniques = ?,
                              security_enriched_at = now()::TIMESTAMP
             WHERE id = ?",
            params![
                risk.score,
                risk.level().to_string(),
                risk.reason(),
                risk.techniques().join(","),
                id
            ],
        )?;
    }
    transaction.commit()?;
    Ok(commands.len())
}

/// The commands that scored `threshold` or more, the worst first; fails if the database does, or if the security
/// columns are missing.
pub fn alerts(db: &AnalyticsDb, threshold: i32) -> Result<Vec<Alert>> {
    require_columns(db)?;
    let connection = db.lock();
    let mut statement = connection.prepare(
        "SELECT id, session_id, arguments, risk_score, risk_level, risk_reason, mitre_techniques
         FROM parts WHERE risk_score >= ? ORDER BY risk_score DESC, id",
    )?;
    let alerts = statement
        .query_map(params![threshold], |row| {
            Ok(Alert {
                part_id: row.get(0)?,
                session_id: row.get(1)?,
                command: command_of(&row.get::<_, String>(2)?),
                score: row.get(3)?,
                level: row.get(4)?,
                reason: row.get(5)?,
                techniques: row
                    .get::<_, String>(6)?
                    .split(',')
                    .filter(|id| !id.is_empty())
                    .map(str::to_owned)
                    .collect(),
            })
        })?
        .collect::<duckdb::Result<_>>()?;
    Ok(alerts)
}

fn require_columns(db: &AnalyticsDb) -> Result<()> {
    let connection = db.lock();
    let found = connection.prepare("SELECT risk_score FROM parts LIMIT 0").is_ok();
    found.then_some(()).ok_or(Error::NotEnriched)
}

/// The `command` of a bash call's arguments; empty where there is none.
fn command_of(arguments: &str) -> String {
    serde_json::from_str::<serde_json::Value>(arguments)
        .ok()
        .and_then(|value| Some(value.get("command")?.as_str()?.to_owned()))
        .unwrap_or_default()
}
