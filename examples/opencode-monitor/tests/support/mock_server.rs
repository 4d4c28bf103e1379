//! A stand-in for another monitor's server.

use std::net::SocketAddr;

use httptest::matchers::request::method_path;
use httptest::responders::{json_encoded, status_code};
use httptest::{Expectation, Server, ServerBuilder};
use isolate::Result;
use serde::Serialize;

/// Answers what it was told to. It ends with its test, and fails it if something else was asked, or not as often as said.
pub struct MockServer(Server);

impl MockServer {
    /// Listens on this address.
    pub fn start(address: SocketAddr) -> Result<Self> {
        Ok(Self(ServerBuilder::new().bind_addr(address).run()?))
    }

    /// `http://127.0.0.1:5001`
    pub fn url(&self) -> String {
        format!("http://{}", self.0.addr())
    }

    /// Will be asked for this path once, and answers with this.
    pub fn answers(&self, path: &'static str, value: &impl Serialize) {
        let asked = Expectation::matching(method_path("GET", path));
        self.0.expect(asked.respond_with(json_encoded(value)));
    }

    /// Will be asked for this path once, and answers with this status and text.
    pub fn answers_with(&self, path: &'static str, status: u16, body: &'static str) {
        let asked = Expectation::matching(method_path("GET", path));
        self.0.expect(asked.respond_with(status_code(status).body(body)));
    }

    /// Will be asked once for each thing that a dashboard shows, and lists these sessions.
    pub fn shows_sessions(&self, ids: &[&str]) {
        self.answers(
            "/api/sessions",
            &ids.iter().map(|id| super::summary(id)).collect::<Vec<_>>(),
        );
        self.answers("/api/stats", &opencode_monitor::api::Stats::default());
        self.answers("/api/security/alerts", &[(); 0]);
    }
}
