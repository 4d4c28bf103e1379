//! Everything that can go wrong in the monitor.

use std::fmt;

/// A result of the monitor.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the monitor couldn't do something.
#[derive(Debug)]
pub enum Error {
    /// `DuckDB` refused a statement.
    Database(duckdb::Error),
    /// The HTTP server couldn't start.
    Server(std::io::Error),
    /// The server couldn't be asked, or its answer couldn't be read.
    Transport {
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The server answered with an error.
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The columns of `enrichment.sql` are missing.
    NotEnriched,
    /// The desktop refused.
    #[cfg(feature = "window")]
    Window(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "database: {error}"),
            Self::Server(error) => write!(f, "server: {error}"),
            Self::Transport { url, reason } => write!(f, "{url}: {reason}"),
            Self::Status { url, status } => write!(f, "{url}: answered {status}"),
            #[cfg(feature = "window")]
            Self::Window(reason) => write!(f, "window: {reason}"),
            Self::NotEnriched => f.write_str("the database has no security columns: call `security::install` first"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Server(error) => Some(error),
            Self::Transport { .. } | Self::Status { .. } | Self::NotEnriched => None,
            #[cfg(feature = "window")]
            Self::Window(_) => None,
        }
    }
}

impl From<duckdb::Error> for Error {
    fn from(error: duckdb::Error) -> Self {
        Self::Database(error)
    }
}
