//! What the tests share: [`fixtures`], what they are made of, and sample records.
// Each test binary uses its own part of it.
#![allow(dead_code, unused_imports)]

mod async_client;
pub mod fixtures;
mod mock_api;
mod mock_server;
pub mod reference;
mod sample_data;
pub mod trouble;

use std::fs;
use std::path::{Path, PathBuf};

use opencode_monitor::analytics::SessionSummary;
use opencode_monitor::model::{Message, MessageTime, Part, Session, SessionTime, Tokens, ToolState};
use serde::Serialize;
use serde_json::json;

pub use async_client::AsyncClient;
pub use mock_api::MockApi;
pub use mock_server::MockServer;
pub use sample_data::SampleData;

/// 2026-01-12, noon (UTC).
pub const NOON: i64 = 1_768_219_200_000;
/// Milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// A session of the project `shop`.
pub fn session(id: &str) -> Session {
    Session {
        id: id.into(),
        project_id: "p1".into(),
        directory: "/home/me/shop".into(),
        title: format!("Title of {id}"),
        time: SessionTime {
            created: NOON,
            updated: NOON,
        },
    }
}

/// An answer that took 100 tokens in, 20 out, and 25 cents.
pub fn message(id: &str, session: &str) -> Message {
    Message {
        id: id.into(),
        session_id: session.into(),
        role: "assistant".into(),
        model: Some("sonnet".into()),
        cost: 0.25,
        tokens: Tokens { input: 100, output: 20 },
        time: MessageTime { created: NOON },
    }
}

/// A text in the message `m1` of the session `s1`.
pub fn text(id: &str, text: &str) -> Part {
    Part {
        kind: "text".into(),
        text: Some(text.into()),
        tool: None,
        state: None,
        ..tool(id, "")
    }
}

/// A call of bash in the message `m1` of the session `s1`.
pub fn bash(id: &str, command: &str) -> Part {
    let state = ToolState {
        status: "completed".into(),
        input: json!({ "command": command }),
    };
    Part {
        state: Some(state),
        ..tool(id, "bash")
    }
}

/// A call of any tool in the message `m1` of the session `s1`.
pub fn tool(id: &str, name: &str) -> Part {
    Part {
        id: id.into(),
        session_id: "s1".into(),
        message_id: "m1".into(),
        kind: "tool".into(),
        text: None,
        tool: Some(name.into()),
        state: Some(ToolState {
            status: "completed".into(),
            input: json!({}),
        }),
    }
}

/// What the API lists of a session with one message.
pub fn summary(id: &str) -> SessionSummary {
    SessionSummary {
        id: id.into(),
        project: "shop".into(),
        title: format!("Title of {id}"),
        messages: 1,
        tokens: 120,
    }
}

/// Writes `<storage>/<kind>/<owner>/<id>.json` as opencode does.
pub fn write(storage: &Path, kind: &str, owner: &str, id: &str, record: &impl Serialize) -> PathBuf {
    let folder = storage.join(kind).join(owner);
    fs::create_dir_all(&folder).expect("the storage directory is writable");
    let path = folder.join(format!("{id}.json"));
    fs::write(&path, serde_json::to_vec(record).expect("records are JSON")).expect("the storage directory is writable");
    path
}

/// One session with one message, which says something and runs one command.
pub fn write_conversation(storage: &Path, command: &str) {
    write(storage, "session", "p1", "s1", &session("s1"));
    write(storage, "message", "s1", "m1", &message("m1", "s1"));
    write(storage, "part", "m1", "t1", &text("t1", "Let me look."));
    write(storage, "part", "m1", "b1", &bash("b1", command));
}
