use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

use super::early;
use crate::case::TestCase;
use crate::config::{Config, Mode, ZYGOTE_VARIABLE};
use crate::protocol::Order;
use crate::session;
use crate::sys::{descriptor, load, output, poll, proc, process};
use crate::worker::TEARDOWN_FAILED;
use crate::zygote;

/// How long the zygote may take to clean up at the end, with the time that it gives its workers.
const END_LIMIT: Duration = zygote::EXIT_GRACE.saturating_add(Duration::from_secs(10));

/// The zygote, seen from the host.
pub struct Zygote {
    socket: OwnedFd,
    pid: process::Pid,
    /// Becomes readable when it ends.
    watch: OwnedFd,
    /// How it was started again, or `None` for a fork of this process.
    started: Option<(Child, String)>,
}

impl Zygote {
    /// Starts it, unless that was done early, and tells it which run it belongs to.
    pub fn start(config: &Config) -> io::Result<Self> {
        if !proc::is_mounted() {
            return Err(io::Error::other(
                "/proc is not mounted, or not that of this process's own namespace\nmount it: `mount -t proc proc /proc`, or \
                 `bwrap --proc /proc`",
            ));
        }
        let zygote = match (early::take(), config.mode) {
            (Some(zygote), _) => zygote,
            // This process runs a single test and is as small and early as a new one would be.
            (None, Mode::Nextest { .. }) => Self::fork(|| {})?,
            (None, Mode::Workers | Mode::Inline) => Self::exec()?,
        };
        let run = session::run_directory().map_err(io::Error::other)?;
        let begin = Order::Begin {
            run_directory: run.path().to_owned(),
        };
        zygote.order(&begin.encode(), &[])?;
        Ok(zygote)
    }

    /// Its process id.
    pub fn pid(&self) -> process::Pid {
        self.pid
    }

    /// Where it takes orders.
    pub fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn order(&self, order: &[u8], passed: &[BorrowedFd<'_>]) -> io::Result<()> {
        descriptor::send(self.socket.as_fd(), order, passed)
    }

    /// Ends the run in good order; returns when nothing of it is left, and says whether every worker could take down
    /// what it had built.
    pub fn end(self) -> bool {
        let _ = self.order(&Order::End.encode(), &[]);
        process::go_on(self.pid);
        if let Ok([false]) = poll::readable([Some(self.watch.as_fd())], Some(Instant::now() + END_LIMIT)) {
            process::kill_watched(self.watch.as_fd());
            process::kill_group(self.pid);
            eprintln!(
                "isolate: the run failed at its end\n  what clears up behind tests was not done after {END_LIMIT:?}, and was killed"
            );
            return false;
        }
        // If it was killed, its workers have died with it, but not what their tests had started.
        process::kill_group(self.pid);
        !matches!(process::reap(self.pid), Ok(Some(status)) if status.code() == Some(TEARDOWN_FAILED))
    }

    /// What became of it, if it has ended without being told to; it is killed if not.
    pub fn epitaph(self) -> String {
        let Self {
            // Closed at the end: one that sees it closed removes the run's directory, which the next one needs.
            socket: _socket,
            pid,
            watch,
            started,
        } = self;
        let gone = poll::readable([Some(watch.as_fd())], Some(Instant::now() + Duration::from_secs(1)));
        if !matches!(gone, Ok([true])) {
            process::kill_watched(watch.as_fd());
        }
        process::kill_group(pid);
        match started {
            Some((mut child, command)) => match child.wait() {
                Ok(status) => format!(
                    "\n  this test binary, started again as `{command}`, ended ({status}) before it could serve; \
                     what it printed to stderr stands above"
                ),
                Err(error) => format!("\n  and nothing is known of this test binary, started again: {error}"),
            },
            None => String::new(),
        }
    }

    /// Starts this binary again. It comes through `main` and libtest to this very test, and serves there.
    fn exec() -> io::Result<Self> {
        let (socket, theirs) = descriptor::message_pair()?;
        let thread = thread::current();
        let test = thread
            .name()
            .ok_or_else(|| io::Error::other("an isolated test has to run on a thread of libtest"))?;
        let mut command = Command::new("/proc/self/exe");
        if let Some(name) = env::args_os().next() {
            command.arg0(name);
        }
        let mut arguments = String::new();
        for argument in ["--exact", test, "--nocapture", "--test-threads=1", "--include-ignored"] {
            command.arg(argument);
            arguments = arguments + " " + argument;
        }
        command.env_clear();
        for (name, value) in load::environment() {
            // libtest's own settings are for the host.
            if !name.as_encoded_bytes().starts_with(b"RUST_TEST_") {
                command.env(name, value);
            }
        }
        command.env(
            ZYGOTE_VARIABLE,
            format!("{}:{}", theirs.as_raw_fd(), std::process::id()),
        );
        if let Some(directory) = load::directory() {
            command.current_dir(directory);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let passed = theirs.as_raw_fd();
        let inherit = move || {
            // SAFETY: `theirs` is open until the fork that runs this.
            descriptor::set_inherited(unsafe { BorrowedFd::borrow_raw(passed) }, true)
        };
        // SAFETY: the closure makes one system call and allocates nothing.
        unsafe { command.pre_exec(inherit) };
        let child = command.spawn()?;
        let pid = child.id().cast_signed();
        Ok(Self {
            socket,
            pid,
            watch: process::watch(pid)?,
            started: Some((child, arguments.trim_start().to_owned())),
        })
    }

    /// For a process that runs no test yet, and has one thread. `first` is one that it is going to run.
    pub fn fork_early(first: &'static TestCase) -> io::Result<Self> {
        Self::fork(|| {
            first.enter();
            // As if it had been started again: whoever reads this run's output doesn't wait for what comes after it.
            let _ = output::silence_stdin_and_stdout();
        })
    }

    fn fork(begin: impl FnOnce()) -> io::Result<Self> {
        let (socket, theirs) = descriptor::message_pair()?;
        let host = std::process::id().cast_signed();
        output::flush();
        match process::fork()? {
            process::Fork::Child => {
                drop(socket);
                begin();
                zygote::serve(theirs, host)
            }
            process::Fork::Parent(pid) => Ok(Self {
                socket,
                pid,
                watch: process::watch(pid)?,
                started: None,
            }),
        }
    }
}

impl fmt::Debug for Zygote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zygote")
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}
