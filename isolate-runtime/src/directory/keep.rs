use std::{
    env,
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use super::run::file_error;
use crate::error::Error;

/// The file of a run that lists the directories to keep.
///
/// It also makes the run directory itself outlive the run, and its age says for how long.
pub(super) const MARKER: &str = "kept";

/// Which tests' directories outlive the run: `ISOLATE_KEEP`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Those of failed tests.
    #[default]
    Failed,
    /// All.
    All,
    /// None.
    None,
}

impl Keep {
    /// Reads `ISOLATE_KEEP`; fails on a value that means nothing.
    pub fn from_env() -> Result<Self, Error> {
        env::var_os("ISOLATE_KEEP").map_or(Ok(Self::default()), |value| Self::parse(&value))
    }

    /// Whether the directory of a test with this outcome is kept.
    pub fn keeps(self, failed: bool) -> bool {
        match self {
            Self::Failed => failed,
            Self::All => true,
            Self::None => false,
        }
    }

    pub(super) fn parse(value: &OsStr) -> Result<Self, Error> {
        match value.as_bytes() {
            b"" | b"failed" => Ok(Self::Failed),
            b"all" => Ok(Self::All),
            b"none" => Ok(Self::None),
            _ => Err(Error::Keep {
                value: value.display().to_string(),
            }),
        }
    }
}

/// Marks a test's directory as one to keep.
///
/// Any process of the run may call it, at any time before the run's directory is removed. A directory that doesn't exist
/// (the test used none) is not an error.
pub fn keep(test_directory: &Path) -> Result<(), Error> {
    let mut parts = test_directory.iter().rev();
    let (Some(test), Some(worker)) = (parts.next(), parts.next()) else {
        return Ok(());
    };
    let Some(run) = test_directory.parent().and_then(Path::parent) else {
        return Ok(());
    };
    if !test_directory.is_dir() {
        return Ok(());
    }
    let marker = run.join(MARKER);
    let mut line = Path::new(worker).join(test).into_os_string().into_vec();
    line.push(b'\n');
    // One `write` to a file opened for appending: lines of two processes don't mix.
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(&marker)
        .and_then(|mut file| file.write_all(&line))
        .map_err(file_error("write", &marker))
}

/// Whether a test's directory was marked.
pub fn is_kept(test_directory: &Path) -> bool {
    let run = test_directory.parent().and_then(Path::parent);
    let kept = run.and_then(|run| Some((kept(run).ok()?, test_directory.strip_prefix(run).ok()?)));
    kept.is_some_and(|(kept, test)| kept.iter().any(|kept| kept == test))
}

/// The directories to keep, relative to the run's, each once; empty if there is no marker.
pub(super) fn kept(run: &Path) -> io::Result<Vec<PathBuf>> {
    let bytes = match fs::read(run.join(MARKER)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut kept = Vec::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        let test = PathBuf::from(OsStr::from_bytes(line));
        if !line.is_empty() && !kept.contains(&test) {
            kept.push(test);
        }
    }
    Ok(kept)
}
