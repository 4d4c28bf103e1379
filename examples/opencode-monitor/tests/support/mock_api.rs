//! A stand-in for a monitor's API that remembers what it was asked.

use std::cell::{Cell, RefCell};

use opencode_monitor::analytics::SessionSummary;
use opencode_monitor::api::{Health, SessionDetail, Stats};
use opencode_monitor::client::SessionApi;
use opencode_monitor::security::Alert;
use opencode_monitor::{Error, Result};

/// Knows what its fields say.
#[derive(Default)]
pub struct MockApi {
    pub sessions: Vec<SessionSummary>,
    pub details: Vec<SessionDetail>,
    pub stats: Stats,
    pub alerts: Vec<Alert>,
    down: Cell<bool>,
    calls: RefCell<Vec<String>>,
}

impl MockApi {
    /// Lists sessions with these ids.
    pub fn with_sessions(ids: &[&str]) -> Self {
        let summary = |id: &&str| SessionSummary {
            id: (*id).into(),
            project: "shop".into(),
            title: format!("Title of {id}"),
            messages: 1,
            tokens: 120,
        };
        Self {
            sessions: ids.iter().map(summary).collect(),
            ..Self::default()
        }
    }

    /// Knows one session in full.
    pub fn with_detail(detail: SessionDetail) -> Self {
        Self {
            details: vec![detail],
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
        let detail = self.details.iter().find(|detail| detail.session.id == id);
        self.answer(format!("session {id}"), detail.cloned())
    }

    fn stats(&self) -> Result<Stats> {
        self.answer("stats", self.stats.clone())
    }

    fn alerts(&self) -> Result<Vec<Alert>> {
        self.answer("alerts", self.alerts.clone())
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
