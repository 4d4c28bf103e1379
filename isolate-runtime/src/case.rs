//! What `#[isolated]` knows about a test: the one record that host, zygote and worker share. The macro builds it as a
//! `static`, and its offset in the executable names it between processes.

mod body;
mod list;
mod place;
mod table;

pub use self::body::Body;
pub use self::place::CasePlace;
pub use self::table::{Row, Table};

use std::sync::OnceLock;
use std::time::Duration;

use crate::config::{Config, DEFAULT_TIMEOUT};
use crate::context::Context;
use crate::failure::Failure;
use crate::leaks::Policy;
use crate::sys::limit::Limits;
use crate::sys::namespace::Own;

/// A test under `#[isolated]`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a test says are words, or nothing")]
pub struct TestCase {
    /// Path with the crate: `opencode_monitor::cache::tests::evicts`.
    pub path: &'static str,
    /// Source file, as rustc was given it.
    pub file: &'static str,
    /// Line of the test's name in that file.
    pub line: u32,
    /// Directory of the test's package, to which paths in arguments are relative.
    pub crate_dir: &'static str,
    /// Tests of one group run in one worker, one at a time.
    pub group: Option<&'static str>,
    /// What its author calls it beside its name.
    pub tags: &'static [&'static str],
    /// Wall time the test may take, set-up and teardown included; `None` is the default of the run.
    pub timeout: Option<Duration>,
    /// Runs in a process of its own; `None` is the default of the run.
    pub process: Option<bool>,
    /// Asks for fixtures that may outlive it.
    pub prepares: bool,
    /// Runs on the worker's main thread (tid == pid) instead of on a fresh one.
    pub main_thread: bool,
    /// What a thread that outlives the test means.
    pub threads: Policy,
    /// What a tokio task that outlives the test means.
    pub tasks: Policy,
    /// Its tokio runtime has threads of its own.
    pub multi_thread: bool,
    /// Whether it has a network of its own.
    pub network: Need,
    /// Whether it has a view of the files of its own.
    pub files: Need,
    /// The most that it may use, in a process of its own.
    pub limits: Limits,
    /// Whether the test has to panic.
    pub should_panic: ShouldPanic,
    /// `#[ignore]`: libtest runs it only if asked to.
    pub ignored: bool,
    /// Where it is from, if it is a case of a function.
    pub(crate) table: Option<&'static Table>,
    pub(crate) body: Body,
}

// SAFETY: it holds numbers, texts and functions, and what of statics is shared. rustc would see that too, but
// looks through all fields anew for each test.
unsafe impl Sync for TestCase {}

/// Whether a test has something for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// It shares what everybody has.
    #[default]
    Off,
    /// If the machine allows it; otherwise it runs without, and a warning says so.
    Prefer,
    /// If the machine doesn't allow it, the test fails.
    Require,
}

/// `#[should_panic]` of a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShouldPanic {
    /// A panic fails the test.
    #[default]
    No,
    /// It has to panic, with any message.
    Yes,
    /// It has to panic with a message that contains this text.
    With(&'static str),
}

impl ShouldPanic {
    const fn new(expected: Option<&'static str>) -> Self {
        match expected {
            Some(text) => Self::With(text),
            None => Self::Yes,
        }
    }
}

/// A test with default options.
pub const fn new(
    path: &'static str,
    file: &'static str,
    line: u32,
    crate_dir: &'static str,
    body: fn(&Context) -> Result<(), Failure>,
) -> TestCase {
    TestCase::with(path, file, line, crate_dir, Body::Asking(body))
}

/// The same of one that asks for nothing and returns nothing: its own function.
pub const fn plain(path: &'static str, file: &'static str, line: u32, crate_dir: &'static str, body: fn()) -> TestCase {
    TestCase::with(path, file, line, crate_dir, Body::Plain(body))
}

/// What all cases of a function have in common. The path is that of the module in which they are.
pub const fn common(path: &'static str, file: &'static str, crate_dir: &'static str) -> TestCase {
    TestCase::with(path, file, 0, crate_dir, Body::Plain(|| {}))
}

impl TestCase {
    const fn with(path: &'static str, file: &'static str, line: u32, crate_dir: &'static str, body: Body) -> Self {
        Self {
            path,
            file,
            line,
            crate_dir,
            group: None,
            tags: &[],
            timeout: None,
            process: None,
            prepares: false,
            main_thread: false,
            threads: Policy::Fail,
            tasks: Policy::Fail,
            multi_thread: false,
            network: Need::Off,
            files: Need::Off,
            limits: Limits::NONE,
            should_panic: ShouldPanic::No,
            ignored: false,
            table: None,
            body,
        }
    }

    /// Sets the group.
    #[must_use]
    pub const fn group(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Sets the tags.
    #[must_use]
    pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Sets the timeout, in milliseconds.
    #[must_use]
    pub const fn timeout_ms(mut self, milliseconds: u64) -> Self {
        self.timeout = Some(Duration::from_millis(milliseconds));
        self
    }

    /// Says whether it has a process of its own.
    #[must_use]
    pub const fn process(mut self, is: bool) -> Self {
        self.process = Some(is);
        self
    }

    /// Says that its body knows how to prepare fixtures.
    #[must_use]
    pub const fn prepares(mut self) -> Self {
        self.prepares = true;
        self
    }

    /// Asks for the worker's main thread.
    #[must_use]
    pub const fn main_thread(mut self) -> Self {
        self.main_thread = true;
        self
    }

    /// Sets what leaked threads do.
    #[must_use]
    pub const fn threads(mut self, policy: Policy) -> Self {
        self.threads = policy;
        self
    }

    /// Sets what leaked tasks do.
    #[must_use]
    pub const fn tasks(mut self, policy: Policy) -> Self {
        self.tasks = policy;
        self
    }

    /// Asks for a tokio runtime with threads of its own.
    #[must_use]
    pub const fn multi_thread(mut self) -> Self {
        self.multi_thread = true;
        self
    }

    /// Asks for a network of its own.
    #[must_use]
    pub const fn network(mut self, need: Need) -> Self {
        self.network = need;
        self
    }

    /// Limits the memory that it may take, in bytes.
    #[must_use]
    pub const fn limit_memory(mut self, bytes: u64) -> Self {
        self.limits.memory = Some(bytes);
        self
    }

    /// Limits the processes that it may have at a time.
    #[must_use]
    pub const fn limit_processes(mut self, number: u32) -> Self {
        self.limits.processes = Some(number);
        self
    }

    /// Limits the files that it may have open at a time.
    #[must_use]
    pub const fn limit_files(mut self, number: u32) -> Self {
        self.limits.files = Some(number);
        self
    }

    /// Limits its CPU time, in seconds.
    #[must_use]
    pub const fn limit_cpu(mut self, seconds: u32) -> Self {
        self.limits.cpu = Some(seconds);
        self
    }

    /// Asks for a view of the files of its own.
    #[must_use]
    pub const fn files(mut self, need: Need) -> Self {
        self.files = need;
        self
    }

    /// Says that the test has to panic, with a message that contains `expected` if there is one.
    #[must_use]
    pub const fn should_panic(mut self, expected: Option<&'static str>) -> Self {
        self.should_panic = ShouldPanic::new(expected);
        self
    }

    /// Says whether libtest runs it only if asked to.
    #[must_use]
    pub const fn ignored(mut self, is: bool) -> Self {
        self.ignored = is;
        self
    }

    /// What it has for itself, if the machine allows it.
    pub(crate) fn own(&self) -> Own {
        Own {
            network: self.network != Need::Off,
            files: self.files != Need::Off,
        }
    }

    /// Wall time the test may take; nobody stops it if it runs inline.
    pub(crate) fn timeout_in(&self, config: Option<&Config>) -> Duration {
        let default = config.map_or(DEFAULT_TIMEOUT, |config| config.timeout);
        self.timeout.unwrap_or(default)
    }

    /// Whether it runs in a process of its own.
    pub(crate) fn has_process(&self, config: &Config) -> bool {
        self.process.unwrap_or(config.process)
    }

    /// The test's name as libtest shows it: its path without the crate.
    pub fn name(&self) -> &'static str {
        // Looking for a character takes a tenth of the instructions that a string takes.
        self.path.find(':').map_or(self.path, |end| &self.path[end + 2..])
    }

    /// Remembers that this process has come to the test.
    pub(crate) fn enter(&'static self) {
        let _ = ENTERED.set(self);
    }

    /// The first test that this process came to.
    pub(crate) fn entered() -> Option<&'static Self> {
        ENTERED.get().copied()
    }
}

static ENTERED: OnceLock<&'static TestCase> = OnceLock::new();
