//! Real windows: one application object a worker, as many windows as tests. Needs a display: `xvfb-run cargo test
//! --features window --test window`.

mod support;

use isolate::prelude::*;
use opencode_monitor::client::ApiClient;
use opencode_monitor::dashboard::Dashboard;
use opencode_monitor::window::{App, DashboardWindow};
use support::MockServer;
use support::fixtures::{mock_api_client, mock_server};

/// The guide's `qapp`: it exists once a process, and stays on the main thread.
#[fixture(scope = "worker")]
fn app() -> opencode_monitor::Result<App> {
    App::new()
}

/// A window on the screen. It closes with its test.
#[fixture]
fn dashboard_window(app: &App, mock_api_client: ApiClient) -> opencode_monitor::Result<DashboardWindow<ApiClient>> {
    app.open(Dashboard::new(mock_api_client))
}

#[isolated(group = "ui", main_thread)]
mod dashboard_ui {
    use super::*;

    #[test]
    fn window_creation(dashboard_window: &DashboardWindow<ApiClient>) {
        let (width, height) = dashboard_window.size();
        assert!(width > 0 && height > 0, "{width} × {height}");
        assert_eq!(
            isolate::worker().incarnation(),
            1,
            "the group's worker is the first and only one"
        );
    }

    #[test]
    fn widget_interaction(mut dashboard_window: DashboardWindow<ApiClient>, mock_server: &MockServer) {
        mock_server.shows_sessions(&["s1", "s2"]);
        assert!(
            dashboard_window.title().contains("0 sessions"),
            "{}",
            dashboard_window.title()
        );
        dashboard_window.refresh();
        assert!(
            dashboard_window.title().contains("2 sessions"),
            "{}",
            dashboard_window.title()
        );
        assert_eq!(
            isolate::worker().incarnation(),
            1,
            "the group's worker is the first and only one"
        );
    }

    #[test]
    fn two_windows_at_once(
        app: &App,
        dashboard_window: &DashboardWindow<ApiClient>,
        mock_api_client: ApiClient,
    ) -> Result {
        let second = app.open(Dashboard::new(mock_api_client))?;
        assert!(second.size().0 > 0 && dashboard_window.size().0 > 0);
        Ok(())
    }

    #[test]
    fn the_application_exists_only_once(_app: &App) {
        let again = App::new().err().expect("a second event loop").to_string();
        assert!(again.contains("recreated"), "{again}");
    }
}
