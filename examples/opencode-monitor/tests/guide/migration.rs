//! Before and after: the three migrations of the guide. The code before is in the comments.

use isolate::prelude::*;
use opencode_monitor::AnalyticsDb;
use opencode_monitor::client::{ApiClient, SessionApi};
use opencode_monitor::dashboard::Dashboard;

use crate::support::fixtures::{analytics_db, api_client_real, mock_api_client, mock_server};
use crate::support::{MockServer, session};

/// Before: `AnalyticsDb::open(Connection::open("analytics.duckdb")?)`, a file that all tests share.
#[isolated(group = "database")]
fn database_test(analytics_db: &AnalyticsDb) -> Result {
    analytics_db.store_session(&session("test"))?;
    assert_eq!(
        analytics_db.get_session("test")?.map(|session| session.id).as_deref(),
        Some("test")
    );
    Ok(())
}

/// Before: `Dashboard::new(ApiClient::new("http://localhost:5000"))`, whatever may be listening there.
#[isolated(main_thread, group = "ui")]
fn ui_test(mock_api_client: ApiClient, mock_server: &MockServer) {
    mock_server.shows_sessions(&["test"]);
    let mut dashboard = Dashboard::new(mock_api_client);
    dashboard.refresh();
    assert_eq!(dashboard.selected().map(|session| session.id.as_str()), Some("test"));
}

/// Before: `ApiClient::new("http://localhost:5000").sessions()`, on whatever database that server has.
#[isolated(group = "api")]
fn api_test(api_client_real: &ApiClient, analytics_db: &AnalyticsDb) -> Result {
    analytics_db.store_session(&session("test"))?;
    assert_eq!(api_client_real.sessions()?.len(), 1);
    Ok(())
}
