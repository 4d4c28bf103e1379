//! One run of a project's tests: how it is started, watched, and what it printed.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{self, Process};
use crate::project::{Project, clean};

/// How long anything may take before a test gives up on it. Generous: machines are slow, and hanging is the exception.
const PATIENCE: Duration = Duration::from_secs(90);

/// A run that is being prepared.
pub struct Run {
    command: Command,
    directory: TempDir,
}

/// A run that goes on. Dropping it kills whatever is left of it.
pub struct Running {
    child: Child,
    directory: TempDir,
    started: Instant,
}

/// What a run printed, and how it ended.
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub elapsed: Duration,
    directory: TempDir,
}

impl Run {
    pub(crate) fn of(program: impl AsRef<OsStr>, project: &Project) -> Self {
        let directory = TempDir::new().expect("the temporary directory is writable");
        fs::create_dir(directory.path().join("tmp")).expect("it is empty");
        let mut command = Command::new(program);
        clean(&mut command).current_dir(project.directory());
        // `TMPDIR` shows what a run leaves behind, `E2E_DIR` is where its tests can tell us things, and the latter's
        // value marks every process that descends from the run.
        command
            .env("TMPDIR", directory.path().join("tmp"))
            .env("E2E_DIR", directory.path());
        Self { command, directory }
    }

    pub fn args<S: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = S>) -> &mut Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What its tests know as `E2E_DIR`.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Shares the temporary directory of another run.
    pub fn after(self, other: &Outcome) -> Self {
        let tmp = other.tmp();
        self.env("TMPDIR", tmp)
    }

    /// Runs as somebody without any privilege, who may make so many user namespaces.
    pub fn unprivileged(self, namespaces: u32) -> Self {
        self.unprivileged_as(process::SOMEBODY, namespaces)
    }

    /// Runs as a root without any privilege, who can make user namespaces and nothing in them.
    pub fn powerless(self) -> Self {
        self.unprivileged_as(0, 100)
    }

    fn unprivileged_as(mut self, user: u32, namespaces: u32) -> Self {
        // SAFETY: between fork and exec, it only makes system calls, and takes texts that are here already.
        unsafe { self.command.pre_exec(process::without_privileges(user, namespaces)) };
        self
    }

    /// Starts the run as the leader of its own process group, as a shell would.
    pub fn start(mut self) -> Running {
        let file = |name| File::create(self.directory.path().join(name)).expect("the directory is writable");
        self.command
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .process_group(0);
        // A run in the background may ignore what these tests send, and its children inherit that.
        // SAFETY: between fork and exec, `signal` only tells the kernel.
        unsafe {
            self.command.pre_exec(|| {
                for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGTERM, libc::SIGQUIT] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                Ok(())
            })
        };
        let child = self.command.spawn().expect("the program starts");
        Running {
            child,
            directory: self.directory,
            started: Instant::now(),
        }
    }

    /// Runs to the end.
    #[track_caller]
    pub fn finish(self) -> Outcome {
        self.start().finish()
    }
}

impl Running {
    pub fn id(&self) -> i32 {
        self.child.id().try_into().expect("process ids are small")
    }

    /// Sends `signal` to the started process alone.
    pub fn signal(&self, signal: i32) {
        process::signal(self.id(), signal);
    }

    /// Sends `signal` to the process group, as Ctrl-C in a terminal does.
    pub fn signal_group(&self, signal: i32) {
        process::signal(-self.id(), signal);
    }

    /// Every living process of this run, however far it has wandered.
    pub fn processes(&self) -> Vec<Process> {
        process::marked(self.directory.path())
    }

    /// The text of a file that a test of the run writes into `E2E_DIR`, when it is there and complete (ends in a newline).
    #[track_caller]
    pub fn wait_for(&mut self, name: &str) -> String {
        let path = self.directory.path().join(name);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match fs::read_to_string(&path) {
                Ok(text) if text.ends_with('\n') => return text,
                _ => {}
            }
            let ended = self.child.try_wait().expect("it is our child").is_some();
            assert!(
                !ended && Instant::now() < deadline,
                "{name} never came\n{}",
                self.so_far()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the run prints `text` on its standard output.
    #[track_caller]
    pub fn wait_for_output(&self, text: &str) {
        let path = self.directory.path().join("stdout");
        let seen = || fs::read_to_string(&path).is_ok_and(|printed| printed.contains(text));
        assert!(eventually(seen), "{text:?} never came\n{}", self.so_far());
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    #[track_caller]
    pub fn finish(mut self) -> Outcome {
        let deadline = self.started + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                break status;
            }
            if Instant::now() > deadline {
                let tree = self.processes();
                panic!("the run hangs; its processes: {tree:#?}\n{}", self.so_far());
            }
            thread::sleep(Duration::from_millis(5));
        };
        let elapsed = self.started.elapsed();
        let (stdout, stderr) = (self.read("stdout"), self.read("stderr"));
        let empty = TempDir::new().expect("the temporary directory is writable");
        let directory = std::mem::replace(&mut self.directory, empty);
        Outcome {
            status,
            stdout,
            stderr,
            elapsed,
            directory,
        }
    }

    fn so_far(&self) -> String {
        format!(
            "--- stdout so far\n{}\n--- stderr so far\n{}",
            self.read("stdout"),
            self.read("stderr")
        )
    }

    fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.directory.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for process in self.processes() {
            process::signal(process.id, libc::SIGKILL);
        }
        drop(self.child.wait());
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        for process in process::marked(self.directory.path()) {
            process::signal(process.id, libc::SIGKILL);
        }
    }
}

impl Outcome {
    /// Asserts that everything passed, and that nothing of the run is left.
    #[track_caller]
    pub fn passed(&self) -> &Self {
        assert!(self.status.success(), "the run failed, {}\n{self}", self.status);
        self.left_nothing()
    }

    /// Asserts that exactly these tests failed, and that the rest of the suite was run.
    #[track_caller]
    pub fn failed(&self, names: &[&str]) -> &Self {
        let mut names = names.to_vec();
        names.sort_unstable();
        assert_eq!(self.tests("FAILED"), names, "these tests failed\n{self}");
        assert_eq!(self.status.code(), Some(101), "of a failed suite\n{self}");
        assert!(
            self.stdout.contains("test result: FAILED."),
            "the suite came to its end\n{self}"
        );
        self
    }

    /// The names of the tests that libtest gave this verdict (`ok`, `FAILED`, `ignored`), sorted.
    pub fn tests(&self, verdict: &str) -> Vec<&str> {
        let lines = self.stdout.lines();
        let verdicts = lines.filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
        let matching = verdicts.filter(|(_, rest)| rest.split(',').next() == Some(verdict));
        let mut names: Vec<_> = matching
            .map(|(name, _)| name.trim_end_matches(" - should panic"))
            .collect();
        names.sort_unstable();
        names
    }

    /// What libtest shows below `---- <test> stdout ----`.
    #[track_caller]
    pub fn report(&self, test: &str) -> &str {
        let head = format!("---- {test} stdout ----\n");
        let (_, rest) = self
            .stdout
            .split_once(&head)
            .unwrap_or_else(|| panic!("no report of {test}\n{self}"));
        let ends = ["\n---- ", "\nsuccesses:\n", "\nfailures:\n"];
        let end = ends.iter().filter_map(|end| rest.find(end)).min();
        &rest[..end.unwrap_or(rest.len())]
    }

    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.everything().contains(text), "expected {text:?}\n{self}");
        self
    }

    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.everything().contains(text), "unexpected {text:?}\n{self}");
        self
    }

    /// Asserts that each of `texts` is in the report of `test`, in this order, and nowhere else.
    #[track_caller]
    pub fn reports(&self, test: &str, texts: &[&str]) -> &Self {
        let report = self.report(test);
        let mut rest = report;
        for text in texts {
            let found = rest.find(text);
            let at = found.unwrap_or_else(|| panic!("expected {text:?} in the report of {test}\n{self}"));
            rest = &rest[at + text.len()..];
        }
        self
    }

    /// Asserts that no process and no file of the run outlives it.
    #[track_caller]
    pub fn left_nothing(&self) -> &Self {
        self.left_no_process();
        assert_eq!(
            self.leftovers(),
            Vec::<PathBuf>::new(),
            "left in the temporary directory\n{self}"
        );
        self
    }

    #[track_caller]
    pub fn left_no_process(&self) -> &Self {
        // A process that was just killed takes a moment to go.
        assert!(
            eventually(|| self.processes().is_empty()),
            "left behind: {:#?}\n{self}",
            self.processes()
        );
        self
    }

    /// The processes of the run that are still there.
    pub fn processes(&self) -> Vec<Process> {
        process::marked(self.directory.path())
    }

    /// What lies in the run's temporary directory, apart from the (empty) directory that all runs of a user share.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let users = [0, process::user(), process::SOMEBODY];
        let shared = users.map(|user| self.tmp().join(format!("isolate-{user}")));
        let mut left = list(&self.tmp());
        left.retain(|path| !shared.contains(path));
        left.extend(shared.iter().flat_map(|shared| list(shared)));
        left
    }

    pub fn tmp(&self) -> PathBuf {
        self.directory.path().join("tmp")
    }

    /// A file that a test of the run wrote into `E2E_DIR`.
    #[track_caller]
    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{self}"))
    }

    fn everything(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = self.status.code().map_or_else(
            || format!("signal {}", self.status.signal().unwrap_or_default()),
            |code| format!("code {code}"),
        );
        write!(out, "--- {ending}, {:?}\n--- stdout\n", self.elapsed)?;
        excerpt(out, &self.stdout)?;
        write!(out, "\n--- stderr\n")?;
        excerpt(out, &self.stderr)
    }
}

fn list(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries
        .map(|entry| entry.expect("the directory is readable").path())
        .collect()
}

/// The whole text, unless nobody would read it.
fn excerpt(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    const LIMIT: usize = 40_000;
    match text.char_indices().nth(LIMIT) {
        None => out.write_str(text),
        Some((end, _)) => write!(out, "{}\n… ({} bytes in all)", &text[..end], text.len()),
    }
}

/// Whether `condition` comes true. What is awaited takes milliseconds, but a machine may have other things to do.
pub fn eventually(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE / 3;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
