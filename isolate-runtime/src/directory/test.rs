use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::run::{file_error, make};
use crate::error::Error;

/// A test's directory is found by its name, but its path must leave room for a unix socket within 108 bytes.
const LENGTH: usize = 24;

/// A test's directory, which is made when something first needs it.
#[derive(Debug)]
pub struct TestDirectory {
    path: PathBuf,
    is_made: Mutex<bool>,
}

impl TestDirectory {
    /// One that was made before.
    pub fn made(path: PathBuf) -> Self {
        Self {
            path,
            is_made: Mutex::new(true),
        }
    }

    /// `path` does not exist yet, its parent does.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            is_made: Mutex::new(false),
        }
    }

    /// Makes it, unless it was made before.
    pub fn make(&self) -> Result<&Path, Error> {
        let mut is_made = self.is_made.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_made {
            make(&self.path).map_err(file_error("make", &self.path))?;
            *is_made = true;
        }
        Ok(&self.path)
    }

    /// Whether it was ever made.
    pub fn is_made(&self) -> bool {
        *self.is_made.lock().unwrap_or_else(PoisonError::into_inner)
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
