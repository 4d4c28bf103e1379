//! What is answered to which path.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::{Health, SessionDetail, Stats};
use crate::analytics::SessionSummary;
use crate::security::{self, Alert};
use crate::settings::SETTINGS;
use crate::{AnalyticsDb, Error, Result};

type Db = State<Arc<AnalyticsDb>>;

pub(super) fn router(db: Arc<AnalyticsDb>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/api/sessions", get(sessions))
        .route("/api/sessions/{id}", get(session))
        .route("/api/stats", get(stats))
        .route("/api/security/alerts", get(alerts))
        .with_state(db)
}

async fn health() -> Json<Health> {
    Json(Health { status: "ok".into() })
}

async fn sessions(State(db): Db) -> Result<Json<Vec<SessionSummary>>> {
    Ok(Json(db.sessions()?))
}

async fn session(State(db): Db, Path(id): Path<String>) -> Result<Response> {
    let Some(session) = db.get_session(&id)? else {
        return Ok((
            StatusCode::NOT_FOUND,
            Json(json!({ "error": format!("no session {id}") })),
        )
            .into_response());
    };
    let messages = db.messages_of(&id)?;
    Ok(Json(SessionDetail { session, messages }).into_response())
}

async fn stats(State(db): Db) -> Result<Json<Stats>> {
    Ok(Json(Stats {
        projects: db.sessions_per_project()?,
        tokens: db.token_totals()?,
        tools: db.tool_usage()?,
        days: db.daily_activity()?,
    }))
}

async fn alerts(State(db): Db) -> Result<Json<Vec<Alert>>> {
    // Scores what has arrived since somebody last asked.
    security::enrich(&db)?;
    Ok(Json(security::alerts(&db, SETTINGS.alert_threshold())?))
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotEnriched => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
