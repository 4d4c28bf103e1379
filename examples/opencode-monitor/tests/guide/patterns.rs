//! The seven patterns of the guide.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use isolate::prelude::*;
use opencode_monitor::api::SessionDetail;
use opencode_monitor::cache::CACHE;
use opencode_monitor::client::{ApiClient, SessionApi};
use opencode_monitor::service::AnalyticsService;
use opencode_monitor::settings::SETTINGS;
use opencode_monitor::watcher::Watcher;

use crate::support::{MockApi, MockServer, analytics, message, serve, session, write_conversation};

/// Pattern 1: a port of the worker. It comes as a listener, so that nobody can take it in between.
#[isolated(group = "api")]
fn worker_specific_port(db: &Db, port: &Port) -> Result {
    let (server, client) = serve(port, &analytics(db)?)?;
    assert_eq!(client.health()?.status, "ok");
    assert_eq!(server.address(), port.addr());
    assert_ne!(port.number(), 0);
    Ok(())
}

/// Pattern 1, with two: the ports of a test have names.
#[isolated(port(api, mock), group = "api")]
fn two_worker_specific_ports(db: &Db, api: &Port, mock: &Port) -> Result {
    let upstream = MockServer::start(mock.listener()?, 404, "{}");
    let (_server, client) = serve(api, &analytics(db)?)?;
    let service = AnalyticsService::new(analytics(db)?, ApiClient::new(upstream.url()));
    assert_eq!(client.session("s1")?, None);
    assert_eq!(service.session("s1")?, None);
    assert_eq!(upstream.requests(), ["/api/sessions/s1"]);
    Ok(())
}

/// Pattern 2: resources are tracked by their owners. Files go with `storage`; server and watcher end, in reverse order,
/// when they are dropped, also if the test panics.
#[isolated(storage, group = "api")]
fn resource_tracking(db: &Db, port: &Port) -> Result {
    fs::write(storage.join("test1.txt"), "test")?;
    fs::write(storage.join("test2.txt"), "test")?;
    write_conversation(storage, "ls");
    let db = analytics(db)?;
    let (_server, client) = serve(port, &db)?;
    let _watcher = Watcher::start(storage.path(), db, SETTINGS.refresh())?;
    wait_for("the session").until(|| client.sessions().unwrap().len() == 1);
    Ok(())
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

/// Pattern 3: a mock belongs to its test, and so do the calls that it has seen.
#[isolated]
fn mocks() {
    let mock = MockApi::with_sessions(&[]);
    assert!(SessionApi::sessions(&mock).unwrap().is_empty());
    assert_eq!(mock.calls(), ["sessions"]);
}

/// Pattern 4: a module is a group. Its tests run one after another in the same worker.
#[isolated(group = "database")]
mod database_operations {
    use super::*;

    #[test]
    fn inserts(db: &Db) -> Result {
        let db = analytics(db)?;
        db.store_session(&session("test1"))?;
        assert!(db.get_session("test1")?.is_some());
        Ok(())
    }

    #[test]
    fn queries(db: &Db) -> Result {
        let db = analytics(db)?;
        db.store_session(&session("test2"))?;
        assert_eq!(db.get_session("test2")?, Some(session("test2")));
        assert_eq!(
            db.get_session("test1")?,
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
fn timing_without_sleep() {
    let complete = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| complete.store(true, Ordering::Release));
        wait_for("the operation").until(|| complete.load(Ordering::Acquire));
    });
}

/// Pattern 7: a service gets what it needs from outside.
#[isolated]
fn dependency_injection(db: &Db) -> Result {
    let db = analytics(db)?;
    let mock = MockApi::default();
    let service = AnalyticsService::new(db.clone(), &mock);
    db.store_session(&session("test"))?;
    assert_eq!(service.session("test")?, Some(session("test")));
    assert!(mock.calls().is_empty(), "the database knew it");
    Ok(())
}

/// Pattern 7: what the one dependency doesn't know, the other is asked for, once.
#[isolated]
fn dependency_injection_of_a_fallback(db: &Db) -> Result {
    let mock = MockApi::with_detail(SessionDetail {
        session: session("far"),
        messages: vec![message("m1", "far")],
    });
    let service = AnalyticsService::new(analytics(db)?, &mock);
    assert_eq!(service.title("far")?.as_deref(), Some("Title of far"));
    assert_eq!(service.title("far")?.as_deref(), Some("Title of far"));
    assert_eq!(mock.calls(), ["session far"]);
    Ok(())
}
