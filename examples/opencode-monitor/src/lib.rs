//! A monitor for the coding agent opencode: it loads the sessions that the agent stores as JSON files, follows them
//! as they change, scores the risk of the shell commands in them, and serves what it knows over HTTP.
//!
//! ```text
//! JSON files ─► loader, watcher ─► AnalyticsDb ─► security ─► api ══ HTTP ══ client ─► dashboard
//! ```

pub mod analytics;
pub mod api;
pub mod cache;
pub mod client;
pub mod dashboard;
pub mod error;
pub mod loader;
pub mod model;
pub mod security;
pub mod service;
pub mod settings;
pub mod watcher;
#[cfg(feature = "window")]
pub mod window;

pub use analytics::AnalyticsDb;
pub use error::{Error, Result};

// The unit tests share their helpers with those in `tests`.
#[cfg(test)]
extern crate self as opencode_monitor;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
