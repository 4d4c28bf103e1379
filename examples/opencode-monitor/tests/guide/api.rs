//! The REST API, asked over HTTP.

use std::net::TcpListener;

use isolate::prelude::*;
use opencode_monitor::Error;
use opencode_monitor::client::{ApiClient, SessionApi};
use opencode_monitor::service::AnalyticsService;
use opencode_monitor::settings::SETTINGS;

use crate::support::{MockApi, MockServer, analytics, bash, enriched, message, serve, session, text};

#[isolated(group = "api", timeout = "20s")]
mod endpoints {
    use super::*;

    #[test]
    fn health(db: &Db, port: &Port) -> Result {
        let (_server, client) = serve(port, &analytics(db)?)?;
        assert_eq!(client.health()?.status, "ok");
        Ok(())
    }

    #[test]
    fn sessions_of_an_empty_database(db: &Db, port: &Port) -> Result {
        let (_server, client) = serve(port, &analytics(db)?)?;
        assert_eq!(client.sessions()?, []);
        Ok(())
    }

    #[test]
    fn sessions(db: &Db, port: &Port) -> Result {
        let db = analytics(db)?;
        db.store_session(&session("s1"))?;
        db.store_message(&message("m1", "s1"))?;
        let (_server, client) = serve(port, &db)?;
        let [listed] = &client.sessions()?[..] else {
            panic!("one session was stored")
        };
        assert_eq!(
            (listed.id.as_str(), listed.project.as_str(), listed.messages),
            ("s1", "shop", 1)
        );
        Ok(())
    }

    #[test]
    fn session_with_its_messages(db: &Db, port: &Port) -> Result {
        let db = analytics(db)?;
        db.store_session(&session("s1"))?;
        db.store_message(&message("m1", "s1"))?;
        db.store_message(&message("m2", "s2"))?;
        let (_server, client) = serve(port, &db)?;
        let detail = client.session("s1")?.expect("it was stored");
        assert_eq!(
            (detail.session, detail.messages),
            (session("s1"), vec![message("m1", "s1")])
        );
        Ok(())
    }

    #[test]
    fn unknown_session(db: &Db, port: &Port) -> Result {
        let (_server, client) = serve(port, &analytics(db)?)?;
        assert_eq!(client.session("nobody")?, None);
        Ok(())
    }

    #[test]
    fn stats(db: &Db, port: &Port) -> Result {
        let db = analytics(db)?;
        db.store_session(&session("s1"))?;
        db.store_message(&message("m1", "s1"))?;
        db.store_part(&bash("b1", "ls"))?;
        db.store_part(&text("t1", "Let me look."))?;
        let (_server, client) = serve(port, &db)?;
        let stats = client.stats()?;
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
    fn alerts(db: &Db, port: &Port) -> Result {
        let db = enriched(db)?;
        db.store_part(&bash("b1", "rm -rf /"))?;
        db.store_part(&bash("b2", "ls"))?;
        let (_server, client) = serve(port, &db)?;
        assert_eq!(client.alerts()?.len(), 1);
        db.store_part(&bash("b3", "cat /etc/shadow"))?;
        assert_eq!(
            client.alerts()?.len(),
            2,
            "what came later is scored when somebody asks"
        );
        Ok(())
    }

    #[test]
    fn alerts_follow_the_settings(db: &Db, port: &Port) -> Result {
        let db = enriched(db)?;
        db.store_part(&bash("b1", "chmod 777 x"))?;
        let (_server, client) = serve(port, &db)?;
        assert_eq!(client.alerts()?, []);
        SETTINGS.set_alert_threshold(40);
        assert_eq!(client.alerts()?.len(), 1);
        Ok(())
    }

    #[test]
    fn alerts_without_the_security_columns(db: &Db, port: &Port) -> Result {
        let (_server, client) = serve(port, &analytics(db)?)?;
        assert!(matches!(client.alerts(), Err(Error::Status { status: 503, .. })));
        Ok(())
    }
}

/// The port is free again as soon as the server is dropped.
#[isolated(group = "api")]
fn a_dropped_server_has_stopped(db: &Db, port: &Port) -> Result {
    let (server, client) = serve(port, &analytics(db)?)?;
    client.health()?;
    drop(server);
    assert!(matches!(client.health(), Err(Error::Transport { .. })));
    Ok(())
}

#[isolated(group = "api")]
#[should_panic(expected = "AddrInUse")]
fn one_port_has_one_listener(port: &Port) {
    let _listener = port.listener().unwrap();
    TcpListener::bind(port.addr()).unwrap();
}

/// Two monitors, one behind the other: the second answers what the first doesn't know.
#[isolated(port(near, far), group = "api", timeout = "20s")]
fn sessions_of_two_monitors_are_merged(db: &Db, near: &Port, far: &Port) -> Result {
    let db = analytics(db)?;
    db.store_session(&session("s1"))?;
    let listed = r#"[{"id": "s1", "project": "shop", "title": "", "messages": 0, "tokens": 0},
                     {"id": "s2", "project": "blog", "title": "", "messages": 0, "tokens": 0}]"#;
    let upstream = MockServer::start(far.listener()?, 200, listed);
    let (_server, client) = serve(near, &db)?;
    let service = AnalyticsService::new(db, ApiClient::new(upstream.url()));
    let ids: Vec<_> = service.all_sessions()?.into_iter().map(|session| session.id).collect();
    assert_eq!(ids, ["s1", "s2"]);
    assert_eq!(client.sessions()?.len(), 1);
    Ok(())
}

#[isolated]
fn a_service_reports_what_its_api_reports(db: &Db) -> Result {
    let mock = MockApi::default();
    mock.go_down();
    let service = AnalyticsService::new(analytics(db)?, &mock);
    assert_eq!(service.all_sessions().unwrap_err().to_string(), "mock: answered 503");
    Ok(())
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
