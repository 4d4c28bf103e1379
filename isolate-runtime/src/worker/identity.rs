use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};

use crate::failure::Failure;
use crate::port_block::PortRange;
use crate::protocol::WorkerStart;

/// The process that this code runs in, as the run knows it.
#[derive(Debug)]
pub struct Worker {
    name: String,
    slot: Option<u32>,
    incarnation: u32,
    directory: OnceLock<PathBuf>,
    ports: OnceLock<Result<PortRange, String>>,
}

/// This one, for good: a reference to it may be anywhere. Null outside of workers.
static CURRENT: AtomicPtr<Worker> = AtomicPtr::new(std::ptr::null_mut());
static MASTER: OnceLock<Worker> = OnceLock::new();

/// The worker that this code runs in; `master` outside isolated tests and under `ISOLATE=inline`.
pub fn worker() -> &'static Worker {
    // SAFETY: null, or a value that is never freed.
    let current = unsafe { CURRENT.load(Acquire).as_ref() };
    current.unwrap_or_else(master)
}

fn master() -> &'static Worker {
    MASTER.get_or_init(|| Worker {
        name: "master".to_owned(),
        slot: None,
        incarnation: 0,
        directory: OnceLock::new(),
        ports: OnceLock::new(),
    })
}

impl Worker {
    /// `gw0`, `gw1`, … or `master`; `session` in the process that builds and keeps a fixture of session scope.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of this worker's place: dense among the workers that run at the same time, reused by the successor of
    /// one that was retired. `master` has none.
    pub fn slot(&self) -> Option<u32> {
        self.slot
    }

    /// Number of this process among all workers of the run, from 1 and never reused; 0 for `master`.
    pub fn incarnation(&self) -> u32 {
        self.incarnation
    }

    /// This worker's own directory, removed when the worker is retired.
    ///
    /// # Panics
    ///
    /// For `master`, if the run's directory can't be made.
    pub fn dir(&self) -> &Path {
        self.directory.get_or_init(|| {
            crate::session::run_directory()
                .and_then(|run| run.worker_directory(None, 0).map_err(|error| error.to_string()))
                .unwrap_or_else(|error| panic!("{error}"))
        })
    }
}

fn set_current(worker: Worker) {
    CURRENT.store(Box::into_raw(Box::new(worker)), Release);
}

/// Makes this process that worker, whichever the one was that it has been forked from.
pub(crate) fn become_worker(start: WorkerStart) {
    set_current(Worker {
        name: format!("gw{}", start.slot),
        slot: Some(start.slot),
        incarnation: start.incarnation,
        directory: start.directory.into(),
        ports: OnceLock::from(start.ports.map(PortRange::new)),
    });
}

/// Makes this process the one that builds and keeps a session fixture.
pub(crate) fn become_keeper(directory: PathBuf) {
    set_current(Worker {
        name: "session".to_owned(),
        slot: None,
        incarnation: 0,
        directory: OnceLock::from(directory),
        ports: OnceLock::new(),
    });
}

/// The 100 ports of this worker.
pub(crate) fn ports() -> Result<PortRange, Failure> {
    let ports = worker()
        .ports
        .get_or_init(|| crate::host::lease_for_master().map_err(|error| error.to_string()));
    ports.clone().map_err(Failure::new)
}
