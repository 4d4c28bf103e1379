use std::path::{Path, PathBuf};

use super::run::{file_error, make};
use crate::error::Error;

/// A test's directory is found by its name, but its path must leave room for a unix socket within 108 bytes.
const LENGTH: usize = 24;

/// Where the directory of a worker's `n`th test is: `lists_sessions-7/` for `api::lists_sessions`. It is made by
/// [`make_test_directory`] when the test first needs it.
pub fn test_directory(worker: &Path, test: &str, n: u32) -> PathBuf {
    worker.join(format!("{}-{n}", short(test)))
}

/// Makes a test's directory.
pub fn make_test_directory(path: &Path) -> Result<(), Error> {
    make(path).map_err(file_error("make", path))
}

/// The last part of a test's path, in characters that need no quoting anywhere.
pub(super) fn short(test: &str) -> String {
    let name = test.rsplit("::").next().unwrap_or(test);
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = name.trim_start_matches("r#").chars().map(plain).take(LENGTH).collect();
    if name.is_empty() { "test".to_owned() } else { name }
}
