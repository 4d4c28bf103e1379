//! Processes: fork, reap, kill a whole tree, notice a death.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::descriptor::check;
use super::{fork_handlers, proc};

/// Process id, positive.
pub type Pid = libc::pid_t;

/// Which side of a fork this is.
pub enum Fork {
    /// The original, with the new process's id.
    Parent(Pid),
    /// The copy: its only thread is the one that forked, with tid == pid.
    Child,
}

/// Copies this process.
///
/// Call it only where no other thread can hold a lock that the copy would need: in the zygote, whose other thread
/// sleeps in libtest, or in a process that has one thread.
pub fn fork() -> io::Result<Fork> {
    // SAFETY: see above; glibc's own locks are taken care of by its fork handlers.
    match check(unsafe { libc::fork() })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// The same of a process that is known to have one thread, for less.
pub fn fork_alone() -> io::Result<Fork> {
    fork_handlers::forks_alone(true);
    let fork = fork();
    fork_handlers::forks_alone(false);
    fork
}

/// Why there is no new process or thread, and what to do about it.
pub fn why_none(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::EAGAIN) => format!(
            "{error}\n  there are too many processes and threads: run fewer tests at a time (`--test-threads`), or raise the limit \
             (`ulimit -u`, `docker run --pids-limit`)"
        ),
        _ => error.to_string(),
    }
}

/// Has a copy of this process find something out, and returns what it says. What that takes, and breaks, goes with the copy.
pub fn in_copy(say: impl FnOnce() -> String) -> io::Result<String> {
    let (reader, mut writer) = io::pipe()?;
    match fork()? {
        Fork::Child => {
            let _ = writer.write_all(say().as_bytes());
            exit_now(0)
        }
        Fork::Parent(pid) => {
            drop(writer);
            let mut text = String::new();
            let read = File::from(OwnedFd::from(reader)).read_to_string(&mut text);
            reap_now(pid);
            read.map(|_| text)
        }
    }
}

/// Ends this process at once: nothing is flushed, no destructor runs.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

/// A descriptor that becomes readable when that process ends.
pub fn watch(pid: Pid) -> io::Result<OwnedFd> {
    // SAFETY: takes numbers, returns a new descriptor or -1.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = check(libc::c_int::try_from(fd).unwrap_or(-1))?;
    // SAFETY: just created, belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Kills the process behind a descriptor of [`watch`]; one that has ended already is fine.
pub fn kill_watched(watched: BorrowedFd<'_>) {
    // SAFETY: a signal to a process that the descriptor pins.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, watched.as_raw_fd(), libc::SIGKILL, 0, 0) };
}

/// Kills a child that has not been reaped, so that its id can't be somebody else's.
pub fn kill(pid: Pid) {
    // SAFETY: a signal to a process.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// Kills the process group of a child, dead or alive, that has not been reaped, so that its id can't be another group's.
pub fn kill_group(leader: Pid) {
    // SAFETY: a signal to processes.
    unsafe { libc::kill(-leader, libc::SIGKILL) };
}

/// Lets a child go on that has been stopped and not been reaped; others don't notice.
pub fn go_on(pid: Pid) {
    // SAFETY: a signal to a process.
    unsafe { libc::kill(pid, libc::SIGCONT) };
}

/// The exit status of a child that has ended; `None` while it runs.
pub fn reap(pid: Pid) -> io::Result<Option<ExitStatus>> {
    let mut status = 0;
    // SAFETY: `status` is live.
    match check(unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) })? {
        0 => Ok(None),
        _ => Ok(Some(ExitStatus::from_raw(status))),
    }
}

/// Waits for the end of a child that has been killed.
pub fn reap_now(pid: Pid) {
    // SAFETY: takes no pointer but null. Interrupted by a signal, it goes on.
    while unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } == -1
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}

/// Waits for the end of a child.
pub fn wait_for(pid: Pid) -> io::Result<ExitStatus> {
    let mut status = 0;
    // SAFETY: `status` is live.
    while let Err(error) = check(unsafe { libc::waitpid(pid, &raw mut status, 0) }) {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(ExitStatus::from_raw(status))
}

/// Whether this process has any child, adopted or not, dead or alive.
pub fn has_children() -> bool {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: all zeros is a value of this plain C struct, in which the kernel writes.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        libc::waitid(libc::P_ALL, 0, &raw mut info, options) == 0
    }
}

/// Nobody waits for this process's children.
pub fn let_children_go() {
    // SAFETY: sets an attribute of this process.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}

/// Should this process crash, it leaves no core, and nobody's handler runs.
pub fn suffer_in_silence() {
    // SAFETY: sets attributes of this process.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        for signal in [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGILL,
            libc::SIGFPE,
            libc::SIGABRT,
            libc::SIGTRAP,
        ] {
            libc::signal(signal, libc::SIG_DFL);
        }
    }
}

/// Children whose parents die become this process's, so that no descendant escapes it.
pub fn adopt_orphans() -> io::Result<()> {
    // SAFETY: sets an attribute of this process.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })?;
    Ok(())
}

/// This process is killed when the thread that forked it ends. `parent` is the process it belongs to: if that is gone
/// already, this one ends here.
pub fn die_with(parent: Pid) -> io::Result<()> {
    // SAFETY: sets an attribute of this process; getppid has no preconditions.
    unsafe {
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0))?;
        if libc::getppid() != parent {
            exit_now(0);
        }
    }
    Ok(())
}

/// The process that this one belongs to: another once the one that forked it is gone.
pub fn parent() -> Pid {
    // SAFETY: no preconditions.
    unsafe { libc::getppid() }
}

/// Whether this is the process's main thread.
pub fn on_main_thread() -> bool {
    // SAFETY: both have no preconditions.
    unsafe { libc::gettid() == libc::getpid() }
}

/// Leaves the terminal's foreground group, so that Ctrl-C doesn't reach this process or those it forks.
pub fn leave_terminal_group() {
    // SAFETY: no preconditions. It fails only for a session leader, whom Ctrl-C reaches anyway.
    unsafe { libc::setpgid(0, 0) };
}

/// Leaves the terminal and everybody else's process group: signals that go to those don't reach this process or those it
/// forks. For a process that has just been forked.
pub fn open_session() {
    // SAFETY: no preconditions. It fails only for the leader of a group, which a fork is not.
    unsafe { libc::setsid() };
}

/// The kernel's session that a process belongs to, by its leader.
pub fn session_of(pid: Pid) -> Option<Pid> {
    // SAFETY: takes and returns numbers.
    check(unsafe { libc::getsid(pid) }).ok()
}

/// Names this thread, for whoever looks at the machine's processes; what exceeds 15 bytes is cut.
pub fn name_thread(name: &str) {
    ThreadName::new(name).give();
}

/// A name as [`name_thread`] gives it.
pub struct ThreadName([u8; 16]);

impl ThreadName {
    pub fn new(name: &str) -> Self {
        let mut text = [0; 16];
        let length = name.len().min(text.len() - 1);
        text[..length].copy_from_slice(&name.as_bytes()[..length]);
        Self(text)
    }

    /// Gives it to this thread.
    pub fn give(&self) {
        // SAFETY: a C string: its last byte is zero.
        unsafe { libc::prctl(libc::PR_SET_NAME, self.0.as_ptr()) };
    }
}

/// What [`name_thread`] has named the main thread of a process, or its id.
pub fn name(pid: Pid) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| format!("process {pid}"), |name| name.trim_end().to_owned())
}

/// The children of this process, adopted ones included.
pub fn children() -> Vec<Pid> {
    let mut children = Vec::new();
    for task in proc::numbers("/proc/self/task") {
        let Ok(list) = fs::read_to_string(format!("/proc/self/task/{task}/children")) else {
            return children_by_scan();
        };
        for pid in list.split_ascii_whitespace() {
            children.extend(pid.parse::<Pid>());
        }
    }
    children
}

/// For kernels without `/proc/…/children`.
fn children_by_scan() -> Vec<Pid> {
    let parent = Some(std::process::id().to_string());
    let mut children = proc::numbers("/proc");
    children.retain(|pid| proc::stat(&format!("/proc/{pid}"), 1) == parent);
    children
}
