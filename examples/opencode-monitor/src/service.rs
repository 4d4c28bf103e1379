//! [`AnalyticsService`]: answers from the database first, and from another monitor where that knows nothing.

use std::sync::Arc;

use crate::analytics::SessionSummary;
use crate::cache::CACHE;
use crate::client::SessionApi;
use crate::model::Session;
use crate::{AnalyticsDb, Result};

/// A service with injected dependencies.
pub struct AnalyticsService<A> {
    db: Arc<AnalyticsDb>,
    api: A,
}

impl<A: SessionApi> AnalyticsService<A> {
    /// Takes what it works with.
    pub fn new(db: Arc<AnalyticsDb>, api: A) -> Self {
        Self { db, api }
    }

    /// A session; fails if the database or the other monitor does.
    pub fn session(&self, id: &str) -> Result<Option<Session>> {
        match self.db.get_session(id)? {
            Some(session) => Ok(Some(session)),
            None => Ok(self.api.session(id)?.map(|detail| detail.session)),
        }
    }

    /// A session's title, asked for once and then remembered; fails as [`AnalyticsService::session`] does.
    pub fn title(&self, id: &str) -> Result<Option<String>> {
        let key = format!("title:{id}");
        if let Some(title) = CACHE.get(&key) {
            return Ok(Some(title));
        }
        let title = self.session(id)?.map(|session| session.title);
        if let Some(title) = &title {
            CACHE.set(key, title);
        }
        Ok(title)
    }

    /// The sessions of both sides, each once; fails if either side does.
    pub fn all_sessions(&self) -> Result<Vec<SessionSummary>> {
        let mut sessions = self.db.sessions()?;
        for remote in self.api.sessions()? {
            if sessions.iter().all(|local| local.id != remote.id) {
                sessions.push(remote);
            }
        }
        Ok(sessions)
    }
}
