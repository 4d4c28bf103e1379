//! The seven patterns of the guide.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use isolate::prelude::*;
use opencode_monitor::AnalyticsDb;
use opencode_monitor::api::{self, Server, SessionDetail};
use opencode_monitor::cache::CACHE;
use opencode_monitor::client::{ApiClient, SessionApi};
use opencode_monitor::dashboard::Dashboard;
use opencode_monitor::service::AnalyticsService;
use opencode_monitor::settings::SETTINGS;

use crate::support::fixtures::{
    analytics_db, api_client_real, api_server, background_thread, mock_api_client, mock_server, sample_data,
};
use crate::support::{MockApi, MockServer, SampleData, message, session, write_conversation};

/// Pattern 1: a port of the worker. It comes as a listener, so that nobody can take it in between.
#[isolated(group = "api")]
fn worker_specific_port(port: &Port, analytics_db: &Arc<AnalyticsDb>) -> Result {
    let server = api::serve(port.listener()?, analytics_db.clone())?;
    assert_eq!(server.address(), port.addr());
    assert_eq!(ApiClient::new(server.url()).health()?.status, "ok");
    Ok(())
}

/// Pattern 1, with two: the ports of a test have names, and two fixtures here have one each.
#[isolated(port(api, mock), group = "api")]
fn two_worker_specific_ports(
    api: &Port,
    mock: &Port,
    api_server: &Server,
    mock_server: &MockServer,
    api_client_real: &ApiClient,
    mock_api_client: &ApiClient,
) -> Result {
    assert_eq!(api_server.address(), api.addr());
    assert_eq!(mock_server.url(), format!("http://{}", mock.addr()));
    mock_server.answers_with("/api/sessions/s1", 404, "{}");
    assert_eq!(api_client_real.session("s1")?, None);
    assert_eq!(mock_api_client.session("s1")?, None);
    Ok(())
}

/// Pattern 2: whatever else a test creates, it gives to `tracker`, which cleans up in reverse order, also if the test panics.
#[isolated]
fn resource_tracking(tracker: &Tracker, storage: &Storage) -> Result {
    let file1 = storage.join("test1.txt");
    fs::write(&file1, "test")?;
    tracker.track("the first file", file1);

    let file2 = storage.join("test2.txt");
    fs::write(&file2, "test")?;
    tracker.track("the second file", file2);

    assert_eq!(fs::read_dir(storage)?.count(), 2);
    Ok(())
}

/// Pattern 2: what fixtures make, they end themselves: here a watcher's thread and a server.
#[isolated(background_thread, group = "api")]
fn resources_of_fixtures(api_client_real: &ApiClient, storage: &Storage) {
    write_conversation(storage, "ls");
    wait_for("the session").until(|| api_client_real.sessions().unwrap().len() == 1);
}

/// Pattern 2: the directory of the test before is gone.
#[isolated]
fn storage_is_empty_and_private(storage: &Storage) -> Result {
    use std::os::unix::fs::PermissionsExt;

    assert_eq!(fs::read_dir(storage)?.count(), 0);
    assert_eq!(fs::metadata(storage)?.permissions().mode() & 0o777, 0o700);
    fs::write(storage.join("left.txt"), "for nobody")?;
    Ok(())
}

/// Pattern 3: a mock is registered with what resets it and with what it should have seen in the end.
#[isolated]
fn mock_registry(mocks: &Mocks) {
    let verify = |mock: &mut MockApi| assert_eq!(mock.calls(), ["sessions", "stats", "alerts"]);
    let mock_client = mocks.register("api_client", MockApi::with_sessions(&[]), MockApi::reset, verify);
    let mut dashboard = Dashboard::new(mock_client);
    dashboard.refresh();
    assert!(dashboard.selected().is_none());
}

/// Pattern 4: a module is a group. Its tests run one after another in the same worker.
#[isolated(group = "database")]
mod database_operations {
    use super::*;

    #[test]
    fn insert(analytics_db: &AnalyticsDb) -> Result {
        analytics_db.store_session(&session("test1"))?;
        assert!(analytics_db.get_session("test1")?.is_some());
        Ok(())
    }

    #[test]
    fn query(analytics_db: &AnalyticsDb) -> Result {
        analytics_db.store_session(&session("test2"))?;
        assert_eq!(analytics_db.get_session("test2")?, Some(session("test2")));
        assert_eq!(
            analytics_db.get_session("test1")?,
            None,
            "the other test's session is in the other test's database"
        );
        Ok(())
    }
}

/// Pattern 5: a registered singleton starts anew in each test. (See `cache.rs` and `settings.rs` for how it is registered.)
#[isolated]
mod singleton_registration {
    use super::*;

    #[test]
    fn one_test_fills_the_cache() {
        assert!(CACHE.is_empty());
        CACHE.set("key", "one");
        SETTINGS.set_alert_threshold(1);
    }

    #[test]
    fn another_finds_it_empty() {
        assert!(CACHE.is_empty());
        assert_eq!(SETTINGS.alert_threshold(), 50);
        CACHE.set("key", "another");
    }
}

/// Pattern 6: waiting for a condition, not for time to pass.
#[isolated(timeout = "10s")]
fn timing_without_sleep(threads: &Threads) {
    let complete = Arc::new(AtomicBool::new(false));
    let operation = complete.clone();
    threads.spawn("operation", move || operation.store(true, Ordering::Release));
    wait_for("the operation").until(|| complete.load(Ordering::Acquire));
}

/// Pattern 7: a service gets what it needs from outside.
#[isolated]
fn dependency_injection(
    analytics_db: &Arc<AnalyticsDb>,
    mock_api_client: ApiClient,
    sample_data: &SampleData,
) -> Result {
    let service = AnalyticsService::new(analytics_db.clone(), mock_api_client);
    sample_data.create_session("test")?;
    assert_eq!(service.session("test")?, Some(session("test")), "the database knew it");
    Ok(())
}

/// Pattern 7: what the one dependency doesn't know, the other is asked for, once.
#[isolated]
fn dependency_injection_of_a_fallback(
    analytics_db: &Arc<AnalyticsDb>,
    mock_server: &MockServer,
    mock_api_client: ApiClient,
) -> Result {
    let service = AnalyticsService::new(analytics_db.clone(), mock_api_client);
    mock_server.answers(
        "/api/sessions/far",
        &SessionDetail {
            session: session("far"),
            messages: vec![message("m1", "far")],
        },
    );
    assert_eq!(service.title("far")?.as_deref(), Some("Title of far"));
    assert_eq!(service.title("far")?.as_deref(), Some("Title of far"));
    Ok(())
}
