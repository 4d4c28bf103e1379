//! One run of a test binary: its identity, its directory, its end.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;

use crate::directory::{self, Keep, RunDirectory};
use crate::fixture;
use crate::host::Engine;
use crate::sys::process;
use crate::tags::TagFilter;
use crate::worker;

/// The run that this code belongs to.
#[derive(Debug)]
pub struct Session {
    directory: std::path::PathBuf,
}

static RUN: OnceLock<Result<RunDirectory, String>> = OnceLock::new();

static SESSION: OnceLock<Session> = OnceLock::new();

/// Makes this process one of all test binaries of the run together.
pub fn belong_to(directory: &Path) {
    let _ = SESSION.set(Session {
        directory: directory.to_owned(),
    });
}

/// The run that this code belongs to: all workers of this test binary share it.
///
/// # Panics
///
/// If the run's directory can't be made.
pub fn session() -> &'static Session {
    SESSION.get_or_init(|| Session {
        directory: match worker::worker().slot() {
            // A worker's directory stands in its run's.
            Some(_) => worker::worker().dir().parent().unwrap_or(Path::new("/")).to_owned(),
            None => run_directory()
                .unwrap_or_else(|error| panic!("{error}"))
                .path()
                .to_owned(),
        },
    })
}

impl Session {
    /// The run's own directory, removed at its end. For fixtures of session scope it is the one that all test binaries of
    /// the run have in common.
    pub fn dir(&self) -> &Path {
        &self.directory
    }
}

/// The directory of this process's run, made at the first call. For the host; workers are told theirs.
pub fn run_directory() -> Result<&'static RunDirectory, String> {
    RUN.get_or_init(|| {
        end_with_process();
        let run = RunDirectory::create().map_err(|error| error.to_string())?;
        if let Some(notes) = run.path().parent().and_then(fixture::notes) {
            // Past libtest's capture, which would hide it in a test that passes.
            let _ = write!(io::stderr(), "{notes}");
        }
        Ok(run)
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// Ends the run in good order when this process exits.
pub fn end_with_process() {
    static REGISTERED: OnceLock<u32> = OnceLock::new();
    extern "C" fn end() {
        // Forked processes inherit the handler, not the run.
        if REGISTERED.get() == Some(&std::process::id()) {
            let mut clean = Engine::end();
            if let Some(summary) = TagFilter::summary() {
                eprint!("{summary}");
            }
            for failure in fixture::end_of_worker() {
                clean = false;
                eprintln!("isolate: the run failed at its end\n  {failure}");
            }
            if let Some(Ok(run)) = RUN.get() {
                let _ = directory::remove(run.path(), Keep::from_env().unwrap_or_default());
            }
            if !clean {
                // As libtest does it when tests fail; its own verdict came too early.
                process::exit_now(101);
            }
        }
    }
    REGISTERED.get_or_init(|| {
        // SAFETY: the handler is a plain function without arguments. It may find no room to register: then the zygote
        // sees the host's end as if it had been killed.
        unsafe { libc::atexit(end) };
        std::process::id()
    });
}
