//! Before and after: the three migrations of the guide. The code before is in the comments.

use isolate::prelude::*;
use opencode_monitor::client::SessionApi;
use opencode_monitor::dashboard::Dashboard;

use crate::support::{MockApi, analytics, serve, session};

/// Before: `AnalyticsDb::open(Connection::open("analytics.duckdb")?)`, a file that all tests share.
#[isolated(group = "database")]
fn database_test(db: &Db) -> Result {
    let db = analytics(db)?;
    db.store_session(&session("test"))?;
    assert_eq!(
        db.get_session("test")?.map(|session| session.id).as_deref(),
        Some("test")
    );
    Ok(())
}

/// Before: `Dashboard::new(ApiClient::new("http://localhost:5000"))`, whatever may be listening there.
#[isolated(main_thread, group = "ui")]
fn ui_test() {
    let mut dashboard = Dashboard::new(MockApi::with_sessions(&["test"]));
    dashboard.refresh();
    assert_eq!(dashboard.selected().map(|session| session.id.as_str()), Some("test"));
}

/// Before: `ApiClient::new("http://localhost:5000").sessions()`, on whatever database that server has.
#[isolated(group = "api")]
fn api_test(db: &Db, port: &Port) -> Result {
    let db = analytics(db)?;
    db.store_session(&session("test"))?;
    let (_server, client) = serve(port, &db)?;
    assert_eq!(client.sessions()?.len(), 1);
    Ok(())
}
