//! The fixtures that all tests of the monitor share: take one as a parameter of its name, and import it from here.
//!
//! ```text
//! db ◄─ analytics_db ◄─┬─ enrichment_db
//!                      ├─ sample_data
//!                      ├─ background_thread ─► storage
//!                      └─ api_server ◄─┬─ api_client_real
//!                                      └─ async_client
//!       port ◄─ mock_server ◄─ mock_api_client
//!       reference_data, once for all tests of a run
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use isolate::{Db, Port, Result, Storage, fixture};
use opencode_monitor::api::{self, Server};
use opencode_monitor::client::ApiClient;
use opencode_monitor::watcher::Watcher;
use opencode_monitor::{AnalyticsDb, security};

use super::{AsyncClient, MockServer, SampleData, reference};

/// The application's database, with its schema, fresh for each test. `db` sees to it that it is closed in the end.
#[fixture]
pub fn analytics_db(db: &Db) -> Result<Arc<AnalyticsDb>> {
    Ok(Arc::new(AnalyticsDb::open(db.connection()?)?))
}

/// The same database with the security columns on top.
#[fixture]
pub fn enrichment_db(analytics_db: &Arc<AnalyticsDb>) -> Result<Arc<AnalyticsDb>> {
    security::install(analytics_db)?;
    Ok(analytics_db.clone())
}

/// Makes records, and stores them in the test's database.
#[fixture]
pub fn sample_data(analytics_db: &Arc<AnalyticsDb>) -> SampleData {
    SampleData::new(analytics_db.clone())
}

/// The application's server on the test's database, on the port `api`. It stops with its test.
#[fixture(port(api))]
pub fn api_server(analytics_db: &Arc<AnalyticsDb>, api: &Port) -> Result<Server> {
    Ok(api::serve(api.listener()?, analytics_db.clone())?)
}

/// Asks that server, over HTTP.
#[fixture]
pub fn api_client_real(api_server: &Server) -> ApiClient {
    ApiClient::new(api_server.url())
}

/// Asks that server, without blocking: for `async` tests.
#[fixture]
pub async fn async_client(api_server: &Server) -> Result<AsyncClient> {
    AsyncClient::connect(api_server.address()).await
}

/// A server on the port `mock` that says what its test tells it to, and fails the test that doesn't ask as announced.
#[fixture(port(mock))]
pub fn mock_server(mock: &Port) -> Result<MockServer> {
    MockServer::start(mock.addr())
}

/// Asks the mock server.
#[fixture]
pub fn mock_api_client(mock_server: &MockServer) -> ApiClient {
    ApiClient::new(mock_server.url())
}

/// A watcher that follows the test's directory, from a thread that is joined with the test.
#[fixture]
pub fn background_thread(
    storage: &Storage,
    analytics_db: &Arc<AnalyticsDb>,
    #[default(Duration::from_millis(5))] interval: Duration,
) -> Result<Watcher> {
    Ok(Watcher::start(storage.path(), analytics_db.clone(), interval)?)
}

/// A storage directory with hundreds of sessions, written once for all tests of all binaries of a run: only to be read.
#[fixture(scope = "session")]
pub fn reference_data() -> PathBuf {
    let storage = isolate::worker().dir().join("reference");
    reference::write(&storage);
    storage
}
