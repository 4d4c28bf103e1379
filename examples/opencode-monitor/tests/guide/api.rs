//! The REST API, asked over HTTP.

use std::net::TcpListener;
use std::sync::Arc;

use isolate::prelude::*;
use opencode_monitor::api::Server;
use opencode_monitor::client::{ApiClient, SessionApi};
use opencode_monitor::service::AnalyticsService;
use opencode_monitor::settings::SETTINGS;
use opencode_monitor::{AnalyticsDb, Error, loader};

use crate::support::fixtures::{
    analytics_db, api_client_real, api_server, async_client, enrichment_db, mock_api_client, mock_server,
    reference_data, sample_data,
};
use crate::support::{AsyncClient, MockServer, SampleData, message, reference, session, summary};

#[isolated(group = "api", timeout = "20s")]
mod endpoints {
    use super::*;

    #[test]
    fn health(api_client_real: &ApiClient) -> Result {
        assert_eq!(api_client_real.health()?.status, "ok");
        Ok(())
    }

    #[test]
    fn sessions_of_an_empty_database(api_client_real: &ApiClient) -> Result {
        assert_eq!(api_client_real.sessions()?, []);
        Ok(())
    }

    #[test]
    fn sessions(api_client_real: &ApiClient, sample_data: &SampleData) -> Result {
        sample_data.create_session("s1")?;
        sample_data.create_message("m1", "s1")?;
        assert_eq!(api_client_real.sessions()?, [summary("s1")]);
        Ok(())
    }

    #[test]
    fn session_with_its_messages(api_client_real: &ApiClient, sample_data: &SampleData) -> Result {
        sample_data.create_session("s1")?;
        sample_data.create_message("m1", "s1")?;
        sample_data.create_message("m2", "s2")?;
        let detail = api_client_real.session("s1")?.expect("it was stored");
        assert_eq!(
            (detail.session, detail.messages),
            (session("s1"), vec![message("m1", "s1")])
        );
        Ok(())
    }

    #[test]
    fn unknown_session(api_client_real: &ApiClient) -> Result {
        assert_eq!(api_client_real.session("nobody")?, None);
        Ok(())
    }

    #[test]
    fn stats(api_client_real: &ApiClient, sample_data: &SampleData) -> Result {
        sample_data.create_session("s1")?;
        sample_data.create_message("m1", "s1")?;
        sample_data.create_bash_part("b1", "ls")?;
        sample_data.create_text_part("t1", "Let me look.")?;
        let stats = api_client_real.stats()?;
        assert_eq!(
            (stats.projects.len(), stats.tokens.input, stats.tokens.output),
            (1, 100, 20)
        );
        assert_eq!(
            (stats.tools[0].tool.as_str(), stats.days[0].date.as_str()),
            ("bash", "2026-01-12")
        );
        Ok(())
    }

    #[test]
    fn alerts_without_the_security_columns(api_client_real: &ApiClient) {
        assert!(matches!(
            api_client_real.alerts(),
            Err(Error::Status { status: 503, .. })
        ));
    }
}

/// On top of the security columns, which the server then finds in its database.
#[isolated(enrichment_db, group = "api", timeout = "20s")]
mod alerts {
    use super::*;

    #[test]
    fn are_scored_when_somebody_asks(api_client_real: &ApiClient, sample_data: &SampleData) -> Result {
        sample_data.create_bash_part("b1", "rm -rf /")?;
        sample_data.create_bash_part("b2", "ls")?;
        assert_eq!(api_client_real.alerts()?.len(), 1);
        sample_data.create_bash_part("b3", "cat /etc/shadow")?;
        assert_eq!(api_client_real.alerts()?.len(), 2, "what came later is scored, too");
        Ok(())
    }

    #[test]
    fn follow_the_settings(api_client_real: &ApiClient, sample_data: &SampleData) -> Result {
        sample_data.create_bash_part("b1", "chmod 777 x")?;
        assert_eq!(api_client_real.alerts()?, []);
        SETTINGS.set_alert_threshold(40);
        assert_eq!(api_client_real.alerts()?.len(), 1);
        Ok(())
    }

    #[test]
    fn of_a_busy_year(
        api_client_real: &ApiClient,
        analytics_db: &AnalyticsDb,
        reference_data: &std::path::Path,
    ) -> Result {
        loader::load(reference_data, analytics_db)?;
        assert_eq!(api_client_real.alerts()?.len(), reference::DANGEROUS);
        assert_eq!(api_client_real.sessions()?.len(), reference::SESSIONS);
        Ok(())
    }
}

/// The same server and client without blocking: each test has a runtime of its own.
#[isolated(group = "api", timeout = "20s")]
mod asynchronous {
    use super::*;

    #[test]
    async fn health(async_client: &AsyncClient) -> Result {
        let (status, answer) = async_client.get("/health").await?;
        assert_eq!((status.as_u16(), &answer["status"]), (200, &"ok".into()));
        Ok(())
    }

    #[test]
    async fn an_unknown_session_is_not_found(async_client: &AsyncClient) -> Result {
        let (status, answer) = async_client.get("/api/sessions/nobody").await?;
        assert_eq!((status.as_u16(), &answer["error"]), (404, &"no session nobody".into()));
        Ok(())
    }

    #[test]
    async fn several_questions_at_once(async_client: &AsyncClient, sample_data: &SampleData) -> Result {
        sample_data.create_session("s1")?;
        let (listed, one) = tokio::join!(async_client.get("/api/sessions"), async_client.get("/api/sessions/s1"));
        assert_eq!(listed?.1[0]["id"], "s1");
        assert_eq!(one?.1["session"]["title"], "Title of s1");
        Ok(())
    }
}

/// The port is free again as soon as the server is dropped.
#[isolated(port(api), group = "api")]
fn a_dropped_server_has_stopped(analytics_db: &Arc<AnalyticsDb>, api: &Port) -> Result {
    let server = opencode_monitor::api::serve(api.listener()?, analytics_db.clone())?;
    let client = ApiClient::new(server.url());
    client.health()?;
    drop(server);
    assert!(matches!(client.health(), Err(Error::Transport { .. })));
    Ok(())
}

#[isolated(group = "api")]
#[should_panic(expected = "AddrInUse")]
fn one_port_has_one_listener(api_server: &Server) {
    TcpListener::bind(api_server.address()).unwrap();
}

/// Two monitors, one behind the other: the second answers what the first doesn't know.
#[isolated(group = "api", timeout = "20s")]
fn sessions_of_two_monitors_are_merged(
    api_client_real: &ApiClient,
    analytics_db: &Arc<AnalyticsDb>,
    mock_server: &MockServer,
    mock_api_client: ApiClient,
    sample_data: &SampleData,
) -> Result {
    sample_data.create_session("s1")?;
    mock_server.answers("/api/sessions", &[summary("s1"), summary("s2")]);
    let service = AnalyticsService::new(analytics_db.clone(), mock_api_client);
    let ids: Vec<_> = service.all_sessions()?.into_iter().map(|session| session.id).collect();
    assert_eq!(ids, ["s1", "s2"]);
    assert_eq!(api_client_real.sessions()?.len(), 1);
    Ok(())
}

#[isolated]
fn a_service_reports_what_its_api_reports(
    analytics_db: &Arc<AnalyticsDb>,
    mock_server: &MockServer,
    mock_api_client: ApiClient,
) {
    mock_server.answers_with("/api/sessions", 503, "down");
    let service = AnalyticsService::new(analytics_db.clone(), mock_api_client);
    let error = service.all_sessions().unwrap_err().to_string();
    assert!(error.ends_with("/api/sessions: answered 503"), "{error}");
}

// An ordinary test beside isolated ones: it needs nothing that others could disturb.
#[test]
fn errors_name_what_was_asked() {
    let error = Error::Status {
        url: "http://127.0.0.1:5000/health".into(),
        status: 502,
    };
    assert_eq!(error.to_string(), "http://127.0.0.1:5000/health: answered 502");
}
