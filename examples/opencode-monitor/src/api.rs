//! The REST API: [`serve`] starts it on a listener.
//!
//! | path | answer |
//! |---|---|
//! | `/health` | [`Health`] |
//! | `/api/sessions` | a list of [`SessionSummary`](crate::analytics::SessionSummary) |
//! | `/api/sessions/{id}` | [`SessionDetail`], or 404 |
//! | `/api/stats` | [`Stats`] |
//! | `/api/security/alerts` | a list of [`Alert`](crate::security::Alert) at or above the threshold of the settings |

mod routes;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::analytics::{Day, ProjectSessions, TokenTotals, ToolCalls};
use crate::model::{Message, Session};
use crate::{AnalyticsDb, Error, Result};

/// Whether the server is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`
    pub status: String,
}

/// A session with its messages, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionDetail {
    /// The session.
    pub session: Session,
    /// Its messages.
    pub messages: Vec<Message>,
}

/// All figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Sessions per project.
    pub projects: Vec<ProjectSessions>,
    /// What all messages took together.
    pub tokens: TokenTotals,
    /// How often each tool was called.
    pub tools: Vec<ToolCalls>,
    /// What happened on each day.
    pub days: Vec<Day>,
}

/// A running server. It stops, and its thread is joined, when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    running: Option<(oneshot::Sender<()>, JoinHandle<io::Result<()>>)>,
}

/// Serves on the listener, which is ready for requests at once; fails if the system refuses a thread or a poller.
pub fn serve(listener: TcpListener, db: Arc<AnalyticsDb>) -> Result<Server> {
    let address = listener.local_addr().map_err(Error::Server)?;
    listener.set_nonblocking(true).map_err(Error::Server)?;
    // The queries are short and share one connection: one thread answers all.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(Error::Server)?;
    let listener = {
        let _polled = runtime.enter();
        tokio::net::TcpListener::from_std(listener).map_err(Error::Server)?
    };
    let (stop, stopped) = oneshot::channel();
    let run = move || {
        let server = axum::serve(listener, routes::router(db)).with_graceful_shutdown(async { _ = stopped.await });
        runtime.block_on(async { server.await })
    };
    let thread = thread::Builder::new()
        .name("opencode-api".into())
        .spawn(run)
        .map_err(Error::Server)?;
    Ok(Server {
        address,
        running: Some((stop, thread)),
    })
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:5000`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some((stop, thread)) = self.running.take() else {
            return;
        };
        drop(stop);
        let ended = thread.join();
        // A second panic while the first one unwinds would abort the process.
        assert!(
            matches!(ended, Ok(Ok(()))) || thread::panicking(),
            "the server ended with {ended:?}"
        );
    }
}
