//! Sessions, messages and parts, as opencode stores them: one JSON file each, times in milliseconds since 1970.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// A conversation with the agent: `storage/session/<project>/<id>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `ses_…`
    pub id: String,
    /// The project's key.
    #[serde(rename = "projectID")]
    pub project_id: String,
    /// The folder in which the agent works.
    #[serde(default)]
    pub directory: String,
    /// What the session is about.
    #[serde(default)]
    pub title: String,
    /// When it was created and last changed.
    pub time: SessionTime,
}

impl Session {
    /// The last component of the folder, or the project's key where there is none.
    pub fn project_name(&self) -> &str {
        let name = self
            .directory
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        if name.is_empty() { &self.project_id } else { name }
    }
}

/// When a session was created and last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTime {
    /// Milliseconds.
    #[serde(deserialize_with = "milliseconds")]
    pub created: i64,
    /// Milliseconds.
    #[serde(deserialize_with = "milliseconds")]
    pub updated: i64,
}

/// One turn of a session: `storage/message/<session>/<id>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// The session that it belongs to.
    #[serde(rename = "sessionID")]
    pub session_id: String,
    /// `user` or `assistant`.
    pub role: String,
    /// The model that answered.
    #[serde(rename = "modelID", default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Dollars.
    #[serde(default)]
    pub cost: f64,
    /// What it took.
    #[serde(default)]
    pub tokens: Tokens,
    /// When it was written.
    pub time: MessageTime,
}

/// Tokens read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Read by the model.
    pub input: i64,
    /// Written by the model.
    pub output: i64,
}

/// When a message was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageTime {
    /// Milliseconds.
    #[serde(deserialize_with = "milliseconds")]
    pub created: i64,
}

/// A piece of a message, such as a text or a tool call: `storage/part/<message>/<id>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `prt_…`
    pub id: String,
    /// The session that it belongs to.
    #[serde(rename = "sessionID")]
    pub session_id: String,
    /// The message that it belongs to.
    #[serde(rename = "messageID")]
    pub message_id: String,
    /// `text`, `tool`, `step-start`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What a text says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The tool that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// How the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ToolState>,
}

/// How a tool call went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolState {
    /// `pending`, `running`, `completed` or `error`.
    pub status: String,
    /// What the tool was called with.
    #[serde(default)]
    pub input: serde_json::Value,
}

/// What opencode's `Date` can hold. The database holds a little more, and refuses the rest.
fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    const LIMIT: i64 = 8_640_000_000_000_000;
    let time = i64::deserialize(deserializer)?;
    (-LIMIT..=LIMIT)
        .contains(&time)
        .then_some(time)
        .ok_or_else(|| D::Error::custom(format!("no such time: {time}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support;

    #[test]
    fn a_project_is_named_after_its_folder() {
        assert_eq!(support::session("s1").project_name(), "shop");
    }

    #[test]
    fn a_project_without_a_folder_is_named_by_its_key() {
        let session = Session {
            directory: "/".into(),
            ..support::session("s1")
        };
        assert_eq!(session.project_name(), "p1");
    }

    #[test]
    fn what_opencode_writes_is_read_and_what_it_adds_is_ignored() {
        let part: Part = serde_json::from_str(
            r#"{"id": "prt_1", "sessionID": "ses_1", "messageID": "msg_1", "type": "tool", "callID": "call_1",
                "tool": "bash", "state": {"status": "completed", "input": {"command": "ls"}, "output": "Cargo.toml"}}"#,
        )
        .unwrap();
        assert_eq!(part.tool.as_deref(), Some("bash"));
        assert_eq!(part.state.unwrap().input["command"], "ls");
    }

    #[test]
    fn a_time_that_no_database_holds_is_refused() {
        let error = serde_json::from_str::<SessionTime>(r#"{"created": 1, "updated": 9223372036854775807}"#);
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("no such time: 9223372036854775807")
        );
    }

    #[test]
    fn a_record_without_an_id_is_refused() {
        let error = serde_json::from_str::<Session>(r#"{"projectID": "p", "time": {"created": 1, "updated": 1}}"#);
        assert!(error.unwrap_err().to_string().contains("missing field `id`"));
    }
}
