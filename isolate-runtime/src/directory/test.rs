use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::run::{file_error, make};
use crate::error::Error;

/// A test's directory is found by its name, but its path must leave room for a unix socket within 108 bytes.
const LENGTH: usize = 24;

/// Where a test's directory is. Most tests need none, and then nobody has to know.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In that of its worker, of which it is the `n`th test.
    InWorker {
        worker: &'static Path,
        test: &'static str,
        n: u32,
    },
    /// There.
    At(&'static Path),
}

/// A test's directory, which is made when something first needs it.
#[derive(Debug)]
pub struct TestDirectory {
    place: Place,
    made: OnceLock<PathBuf>,
    /// Held by who makes it.
    making: Mutex<()>,
}

impl Place {
    /// The directory, made or not.
    pub fn path(self) -> PathBuf {
        match self {
            Self::InWorker { worker, test, n } => test_directory(worker, test, n),
            Self::At(path) => path.to_owned(),
        }
    }
}

impl TestDirectory {
    /// One that was made before.
    pub fn made(place: Place) -> Self {
        Self {
            made: place.path().into(),
            ..Self::new(place)
        }
    }

    /// One that does not exist yet; the worker's does.
    pub fn new(place: Place) -> Self {
        Self {
            place,
            made: OnceLock::new(),
            making: Mutex::default(),
        }
    }

    /// Makes it, unless it was made before.
    pub fn make(&self) -> Result<&Path, Error> {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let path = self.place.path();
        make(&path).map_err(file_error("make", &path))?;
        Ok(self.made.get_or_init(|| path))
    }

    /// Whether it was ever made.
    pub fn is_made(&self) -> bool {
        self.made.get().is_some()
    }
}

/// Where the directory of a worker's `n`th test is: `lists_sessions-7/` for `api::lists_sessions`.
pub fn test_directory(worker: &Path, test: &str, n: u32) -> PathBuf {
    worker.join(format!("{}-{n}", short(test)))
}

/// The last part of a test's path, in characters that need no quoting anywhere.
pub(super) fn short(test: &str) -> String {
    let name = test.rsplit("::").next().unwrap_or(test);
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = name.trim_start_matches("r#").chars().map(plain).take(LENGTH).collect();
    if name.is_empty() { "test".to_owned() } else { name }
}
