//! Where async tests and fixtures run: on a tokio runtime that is the test's own, made when something first needs it and
//! ended after the test's fixtures, or, for fixtures that outlive a test, on one that is the worker's.

mod tasks;

use std::cell::{OnceCell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{self, Instant};

use self::tasks::Tasks;
use crate::failure::Failure;
use crate::fixtures::Clock;
use crate::leaks::{self, Policy};

/// How long a runtime waits for its blocking threads when it ends; what runs longer is a leaked thread.
const PATIENCE: Duration = Duration::from_secs(1);

/// Threads of a multi-threaded runtime: two show what one hides, and more would be there for every test at a time.
const THREADS: usize = 2;

/// A test's runtime. Its clones are the same one.
#[derive(Clone, Debug)]
pub struct Executor {
    is_multi_thread: bool,
    running: Rc<OnceCell<Running>>,
}

#[derive(Debug)]
struct Running {
    runtime: Runtime,
    /// From which its timers count.
    start: Instant,
    tasks: Tasks,
}

thread_local! {
    /// Where hooks of fixtures run: on the test's runtime, or, if there is none here, on the worker's.
    static CURRENT: RefCell<Option<Executor>> = const { RefCell::new(None) };
}

impl Executor {
    /// Not started yet.
    pub fn new(is_multi_thread: bool) -> Self {
        Self {
            is_multi_thread,
            running: Rc::default(),
        }
    }

    /// The runtime, started at the first call.
    pub fn runtime(&self) -> Result<&Runtime, Failure> {
        self.running().map(|running| &running.runtime)
    }

    /// The runtime with its clock stopped.
    pub fn clock(&self) -> Result<Clock, Failure> {
        self.running()
            .and_then(|running| Clock::stop(&running.runtime, running.start))
    }

    fn running(&self) -> Result<&Running, Failure> {
        if let Some(running) = self.running.get() {
            return Ok(running);
        }
        let mut builder = if self.is_multi_thread {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(THREADS);
            builder
        } else {
            let mut builder = Builder::new_current_thread();
            // Only where the clock stands can its start be told.
            builder.start_paused(true);
            builder
        };
        let tasks = Tasks::watch(&mut builder);
        let runtime = builder.enable_all().build().map_err(|error| not_started(&error))?;
        let start = {
            let _entered = runtime.enter();
            let start = Instant::now();
            if !self.is_multi_thread {
                time::resume();
            }
            start
        };
        Ok(self.running.get_or_init(|| Running { runtime, start, tasks }))
    }

    /// Ends the runtime, and with it the tasks that are left; they are returned as a report.
    pub fn end(&self, policy: Policy) -> Option<Failure> {
        let running = self.running.get()?;
        (policy != Policy::Off).then(|| running.tasks.left(&running.runtime, policy))?
    }

    /// Waits for threads that were lent to blocking code, for a while. Nothing if somebody else has the runtime, too.
    pub fn shut_down(self) {
        if let Some(running) = Rc::into_inner(self.running).and_then(OnceCell::into_inner) {
            running.runtime.shutdown_timeout(PATIENCE);
        }
    }
}

/// The runtime of fixtures that outlive a test. It ends with the process.
static OF_WORKER: OnceLock<io::Result<Runtime>> = OnceLock::new();

fn of_worker() -> Result<&'static Runtime, Failure> {
    let runtime = OF_WORKER.get_or_init(|| {
        // With a thread of its own, so that what fixtures have spawned goes on while a test runs.
        leaks::exempt(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("isolate-tokio")
                .enable_all()
                .build()
        })
    });
    runtime.as_ref().map_err(not_started)
}

/// Runs `f`, whose hooks run on that runtime; without one, on the worker's.
pub fn within<T>(executor: Option<&Executor>, f: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(executor.cloned());
    let result = {
        // Code that isn't async itself spawns tasks where others wait for them.
        let runtime = match executor {
            Some(executor) => executor.running.get().map(|running| &running.runtime),
            None if OF_WORKER.get().is_some() || Handle::try_current().is_ok() => of_worker().ok(),
            None => None,
        };
        let _entered = runtime.map(Runtime::enter);
        f()
    };
    CURRENT.set(before);
    result
}

/// Runs a hook of a fixture to its end.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    match CURRENT.with_borrow(Clone::clone) {
        Some(executor) => executor.runtime().map(|runtime| runtime.block_on(future)),
        None => of_worker().map(|runtime| runtime.block_on(future)),
    }
}

fn not_started(error: &io::Error) -> Failure {
    Failure::new(format!("no tokio runtime could be started: {error}"))
}
