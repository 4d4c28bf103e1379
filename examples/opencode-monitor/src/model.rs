//! Sessions, messages and parts, as opencode stores them: one JSON file each, times in milliseconds since 1970.

use serde::{Deserialize, Serialize};

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
    pub created: i64,
    /// Milliseconds.
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
