//! What the kernel tells of the threads of a process.

use std::ffi::c_int;
use std::{fs, io};

use super::proc;

/// Where one thread is.
#[derive(Debug, Clone, Default)]
pub struct RawStack {
    /// The kernel's id of the thread.
    pub tid: i32,
    /// The thread's name, which the kernel cuts after 15 bytes.
    pub name: String,
    /// What the thread does, as the kernel sees it: `in futex`, `running`, `stopped`.
    pub state: String,
    /// Return addresses, innermost first; empty for a thread that didn't answer in time.
    pub addresses: Vec<usize>,
}

/// The threads of a process, the oldest first; none when the process is gone.
pub fn threads_of(pid: i32) -> Vec<i32> {
    proc::numbers(&format!("/proc/{pid}/task"))
}

/// Whether the calling thread is the only one of its process. `None` where the kernel, or a filter of a container, doesn't say.
///
/// To leave a group of threads isn't possible; the request fails if there are others, and does nothing if there are none.
pub(crate) fn is_alone() -> Option<bool> {
    // SAFETY: takes a number, and changes nothing.
    if unsafe { libc::unshare(libc::CLONE_THREAD) } == 0 {
        return Some(true);
    }
    (io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL)).then_some(false)
}

/// Whether the kernel is past the point where a thread runs code of the program.
pub(crate) fn exiting(tid: i32) -> bool {
    const PF_EXITING: u64 = 4;
    let Some(flags) = proc::stat(&format!("/proc/self/task/{tid}"), 6) else {
        return true;
    };
    flags.parse::<u64>().is_ok_and(|flags| flags & PF_EXITING != 0)
}

/// Whether the thread is there, dying ones included.
pub(crate) fn exists(tid: i32) -> bool {
    // SAFETY: signal 0 only asks.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), tid, 0) == 0 }
}

/// Whether the thread won't act on this signal, which it was sent: it has blocked it, or is stopped, or gone.
pub(super) fn deaf(pid: i32, tid: i32, signal: c_int) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")) else {
        return true;
    };
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
            .unwrap_or_default()
    };
    let has = |name| u64::from_str_radix(field(name), 16).unwrap_or(0) >> (signal - 1) & 1 == 1;
    // While its handler runs, a signal is blocked too, but no longer pending.
    has("SigBlk:") && has("SigPnd:") || field("State:").starts_with(['T', 't', 'Z', 'X'])
}

/// What the thread is called and does, without its stack. `None` when it is gone.
pub(super) fn describe(pid: i32, tid: i32) -> Option<RawStack> {
    let directory = format!("/proc/{pid}/task/{tid}");
    let read = |file: &str| fs::read_to_string(format!("{directory}/{file}")).ok();
    let name = read("comm")?.trim_end().to_owned();
    let state = match &*proc::stat(&directory, 0)? {
        "R" => "running".to_owned(),
        "T" | "t" => "stopped".to_owned(),
        "Z" | "X" => "ended".to_owned(),
        _ => match read("syscall").and_then(|call| call.split(' ').next()?.parse().ok()) {
            Some(number) => format!("in {}", system_call(number)),
            None => "waiting".to_owned(),
        },
    };
    Some(RawStack {
        tid,
        name,
        state,
        addresses: Vec::new(),
    })
}

/// The calls in which threads are found waiting.
fn system_call(number: i32) -> String {
    const NAMES: &[(libc::c_long, &str)] = &[
        (libc::SYS_accept, "accept"),
        (libc::SYS_accept4, "accept"),
        (libc::SYS_clock_nanosleep, "clock_nanosleep"),
        (libc::SYS_connect, "connect"),
        (libc::SYS_epoll_pwait, "epoll_wait"),
        (libc::SYS_fcntl, "fcntl"),
        (libc::SYS_flock, "flock"),
        (libc::SYS_fsync, "fsync"),
        (libc::SYS_futex, "futex"),
        (libc::SYS_io_uring_enter, "io_uring_enter"),
        (libc::SYS_nanosleep, "nanosleep"),
        (libc::SYS_ppoll, "poll"),
        (libc::SYS_pselect6, "select"),
        (libc::SYS_read, "read"),
        (libc::SYS_readv, "read"),
        (libc::SYS_recvfrom, "recv"),
        (libc::SYS_recvmsg, "recv"),
        (libc::SYS_restart_syscall, "a restarted call"),
        (libc::SYS_rt_sigsuspend, "sigsuspend"),
        (libc::SYS_rt_sigtimedwait, "sigwait"),
        (libc::SYS_sendmsg, "send"),
        (libc::SYS_sendto, "send"),
        (libc::SYS_wait4, "wait"),
        (libc::SYS_waitid, "wait"),
        (libc::SYS_write, "write"),
        (libc::SYS_writev, "write"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_epoll_wait, "epoll_wait"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_pause, "pause"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_poll, "poll"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_select, "select"),
    ];
    NAMES
        .iter()
        .find(|(known, _)| *known == libc::c_long::from(number))
        .map_or_else(|| format!("system call {number}"), |(_, name)| (*name).to_owned())
}
