//! [`ApiClient`]: asks a monitor over HTTP. Everything that needs a monitor's answers takes a [`SessionApi`], so that a
//! test can stand in for it.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::analytics::SessionSummary;
use crate::api::{Health, SessionDetail, Stats};
use crate::security::Alert;
use crate::{Error, Result};

/// What a monitor can be asked.
pub trait SessionApi {
    /// Whether it is well; fails if it can't be asked.
    fn health(&self) -> Result<Health>;
    /// All sessions; fails if it can't be asked.
    fn sessions(&self) -> Result<Vec<SessionSummary>>;
    /// One session with its messages; fails if it can't be asked.
    fn session(&self, id: &str) -> Result<Option<SessionDetail>>;
    /// The figures; fails if it can't be asked.
    fn stats(&self) -> Result<Stats>;
    /// The dangerous commands; fails if it can't be asked.
    fn alerts(&self) -> Result<Vec<Alert>>;
}

/// Asks over HTTP, one request at a time.
#[derive(Debug, Clone)]
pub struct ApiClient {
    base: String,
    agent: ureq::Agent,
}

impl ApiClient {
    /// Takes a base such as `http://127.0.0.1:5000`. An answer may take five seconds.
    pub fn new(base: impl Into<String>) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(5)))
            .build()
            .into();
        Self {
            base: base.into(),
            agent,
        }
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let url = format!("{}{path}", self.base);
        match self
            .agent
            .get(&url)
            .call()
            .and_then(|mut response| response.body_mut().read_to_string())
        {
            Ok(body) => serde_json::from_str(&body).map_err(|error| Error::Transport {
                url,
                reason: error.to_string(),
            }),
            Err(ureq::Error::StatusCode(status)) => Err(Error::Status { url, status }),
            Err(error) => Err(Error::Transport {
                url,
                reason: error.to_string(),
            }),
        }
    }
}

impl SessionApi for ApiClient {
    fn health(&self) -> Result<Health> {
        self.get("/health")
    }

    fn sessions(&self) -> Result<Vec<SessionSummary>> {
        self.get("/api/sessions")
    }

    fn session(&self, id: &str) -> Result<Option<SessionDetail>> {
        match self.get(&format!("/api/sessions/{id}")) {
            Ok(detail) => Ok(Some(detail)),
            Err(Error::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn stats(&self) -> Result<Stats> {
        self.get("/api/stats")
    }

    fn alerts(&self) -> Result<Vec<Alert>> {
        self.get("/api/security/alerts")
    }
}

#[cfg(test)]
#[isolate::isolated(group = "api", timeout = "20s")]
mod tests {
    use isolate::Port;

    use super::*;
    use crate::support::MockServer;
    use crate::support::fixtures::{mock_api_client, mock_server};

    #[test]
    fn each_question_has_its_path(mock_server: &MockServer, mock_api_client: &ApiClient) -> isolate::Result<()> {
        mock_server.answers("/api/sessions", &[(); 0]);
        mock_server.answers("/api/security/alerts", &[(); 0]);
        assert_eq!(mock_api_client.sessions()?, []);
        assert_eq!(mock_api_client.alerts()?, []);
        Ok(())
    }

    #[test]
    fn an_error_of_the_server_is_one_of_the_client(mock_server: &MockServer, mock_api_client: &ApiClient) {
        mock_server.answers_with("/api/stats", 500, "out of order");
        let error = mock_api_client.stats().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{}/api/stats: answered 500", mock_server.url())
        );
    }

    #[test]
    fn an_unknown_session_is_nothing(mock_server: &MockServer, mock_api_client: &ApiClient) -> isolate::Result<()> {
        mock_server.answers_with("/api/sessions/x", 404, "{}");
        assert_eq!(mock_api_client.session("x")?, None);
        Ok(())
    }

    #[test]
    fn an_answer_that_is_no_json_is_an_error(mock_server: &MockServer, mock_api_client: &ApiClient) {
        mock_server.answers_with("/health", 200, "<html>");
        let error = mock_api_client.health().unwrap_err();
        assert!(
            error.to_string().contains("expected value at line 1 column 1"),
            "{error}"
        );
    }

    #[test]
    fn a_server_that_is_gone_is_an_error(port: &Port) -> isolate::Result<()> {
        drop(port.listener()?);
        let error = ApiClient::new(format!("http://{}", port.addr())).health().unwrap_err();
        assert!(error.to_string().contains("refused"), "{error}");
        Ok(())
    }
}
