//! [`Dashboard`]: what a window shows, without the window.

use std::fmt;

use crate::Result;
use crate::analytics::SessionSummary;
use crate::api::Stats;
use crate::client::SessionApi;
use crate::security::Alert;

/// The state of the dashboard: what it last learned from the API, and which session is selected.
pub struct Dashboard<A> {
    api: A,
    sessions: Vec<SessionSummary>,
    stats: Stats,
    alerts: Vec<Alert>,
    selected: usize,
    problem: Option<String>,
}

impl<A: SessionApi> Dashboard<A> {
    /// An empty dashboard over an API that hasn't been asked yet.
    pub fn new(api: A) -> Self {
        Self {
            api,
            sessions: vec![],
            stats: Stats::default(),
            alerts: vec![],
            selected: 0,
            problem: None,
        }
    }

    /// Asks the API again. If that fails, what was known stays, together with the problem.
    pub fn refresh(&mut self) {
        self.problem = self.try_refresh().err().map(|error| error.to_string());
        self.selected = self.selected.min(self.sessions.len().saturating_sub(1));
    }

    /// The selected session.
    pub fn selected(&self) -> Option<&SessionSummary> {
        self.sessions.get(self.selected)
    }

    /// Selects the next session; the first follows the last.
    pub fn select_next(&mut self) {
        self.selected = (self.selected + 1).checked_rem(self.sessions.len()).unwrap_or(0);
    }

    /// Why the last refresh failed.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The API that it asks.
    pub fn api(&self) -> &A {
        &self.api
    }

    fn try_refresh(&mut self) -> Result<()> {
        let sessions = self.api.sessions()?;
        let stats = self.api.stats()?;
        let alerts = self.api.alerts()?;
        (self.sessions, self.stats, self.alerts) = (sessions, stats, alerts);
        Ok(())
    }
}

impl<A> fmt::Display for Dashboard<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = self.stats.tokens;
        writeln!(
            f,
            "{} sessions  {} tokens in  {} out  ${:.2}",
            self.sessions.len(),
            tokens.input,
            tokens.output,
            tokens.cost
        )?;
        for (index, session) in self.sessions.iter().enumerate() {
            let mark = if index == self.selected { '>' } else { ' ' };
            writeln!(
                f,
                "{mark} {:<16} {} ({} messages)",
                session.project, session.title, session.messages
            )?;
        }
        for alert in &self.alerts {
            writeln!(
                f,
                "! {:>3} {:<8} {}  [{}]",
                alert.score, alert.level, alert.command, alert.reason
            )?;
        }
        self.problem.iter().try_for_each(|problem| writeln!(f, "? {problem}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::MockApi;

    #[test]
    fn a_new_dashboard_asks_nothing() {
        let dashboard = Dashboard::new(MockApi::with_sessions(&["s1"]));
        assert!(dashboard.selected().is_none());
        assert!(dashboard.api().calls().is_empty());
    }

    #[test]
    fn selecting_past_the_end_begins_again() {
        let mut dashboard = Dashboard::new(MockApi::with_sessions(&["s1", "s2"]));
        dashboard.refresh();
        let mut selected = || {
            dashboard.select_next();
            dashboard.selected().map(|session| session.id.clone())
        };
        assert_eq!([selected(), selected()], [Some("s2".into()), Some("s1".into())]);
    }

    #[test]
    fn selecting_in_an_empty_list_selects_nothing() {
        let mut dashboard = Dashboard::new(MockApi::default());
        dashboard.refresh();
        dashboard.select_next();
        assert!(dashboard.selected().is_none());
    }

    #[test]
    fn what_was_known_stays_when_the_api_goes_down() {
        let mut dashboard = Dashboard::new(MockApi::with_sessions(&["s1"]));
        dashboard.refresh();
        dashboard.api().go_down();
        dashboard.refresh();
        assert_eq!(dashboard.problem(), Some("mock: answered 503"));
        let shown = dashboard.to_string();
        assert!(
            shown.contains("> shop             Title of s1 (1 messages)\n? mock: answered 503"),
            "{shown}"
        );
    }
}
