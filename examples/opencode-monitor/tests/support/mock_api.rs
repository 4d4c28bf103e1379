//! A stand-in for a monitor's API in the test's own process, that remembers what it was asked.

use std::cell::{Cell, RefCell};

use opencode_monitor::analytics::SessionSummary;
use opencode_monitor::api::{Health, SessionDetail, Stats};
use opencode_monitor::client::SessionApi;
use opencode_monitor::security::Alert;
use opencode_monitor::{Error, Result};

use super::summary;

/// Knows some sessions and nothing else.
#[derive(Default)]
pub struct MockApi {
    sessions: Vec<SessionSummary>,
    down: Cell<bool>,
    calls: RefCell<Vec<String>>,
}

impl MockApi {
    /// Lists sessions with these ids.
    pub fn with_sessions(ids: &[&str]) -> Self {
        Self {
            sessions: ids.iter().map(|id| summary(id)).collect(),
            ..Self::default()
        }
    }

    /// From now on every call fails.
    pub fn go_down(&self) {
        self.down.set(true);
    }

    /// What it was asked, in order.
    pub fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn answer<T>(&self, call: impl Into<String>, value: T) -> Result<T> {
        self.calls.borrow_mut().push(call.into());
        if self.down.get() {
            Err(Error::Status {
                url: "mock".into(),
                status: 503,
            })
        } else {
            Ok(value)
        }
    }
}

impl SessionApi for MockApi {
    fn health(&self) -> Result<Health> {
        self.answer("health", Health { status: "ok".into() })
    }

    fn sessions(&self) -> Result<Vec<SessionSummary>> {
        self.answer("sessions", self.sessions.clone())
    }

    fn session(&self, id: &str) -> Result<Option<SessionDetail>> {
        self.answer(format!("session {id}"), None)
    }

    fn stats(&self) -> Result<Stats> {
        self.answer("stats", Stats::default())
    }

    fn alerts(&self) -> Result<Vec<Alert>> {
        self.answer("alerts", vec![])
    }
}

/// A test may keep its mock and lend it.
impl SessionApi for &MockApi {
    fn health(&self) -> Result<Health> {
        (*self).health()
    }

    fn sessions(&self) -> Result<Vec<SessionSummary>> {
        (*self).sessions()
    }

    fn session(&self, id: &str) -> Result<Option<SessionDetail>> {
        (*self).session(id)
    }

    fn stats(&self) -> Result<Stats> {
        (*self).stats()
    }

    fn alerts(&self) -> Result<Vec<Alert>> {
        (*self).alerts()
    }
}
