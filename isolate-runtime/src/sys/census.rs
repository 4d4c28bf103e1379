//! A limit on how many processes there are at a time in a tree of them.
//!
//! The kernel's own limit counts all processes of a user, and doesn't hold for root. So each `fork` of the tree asks a
//! process outside of it, through a seccomp filter, and that one counts. Threads don't ask.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use super::descriptor::{self, check};
use super::poll;
use super::proc;
use super::process::{self, Fork, Pid};

/// A process that counts the descendants of the one that made it.
#[derive(Debug)]
pub struct Census(OwnedFd);

/// How long the counted process may take to say that it is one.
const START_LIMIT: Duration = Duration::from_secs(10);

impl Census {
    /// Forks the process that counts. Descendants that are there already aren't counted. The caller has one thread.
    pub fn start(limit: u32) -> io::Result<Self> {
        let (counters, counted) = descriptor::message_pair()?;
        let root = std::process::id().cast_signed();
        let others = process::children();
        match process::fork()? {
            Fork::Child => {
                let _ = process::die_with(root);
                process::name_thread("isolate census");
                drop(counted);
                let _ = count(&counters, root, &others, limit as usize);
                process::exit_now(0)
            }
            Fork::Parent(_) => Ok(Self(counted)),
        }
    }

    /// From now on, this process and those it will start are counted. For a fork of the one that made the census.
    pub fn join(&self) -> io::Result<()> {
        let listener = filter()?;
        descriptor::send(self.0.as_fd(), &[0], &[listener.as_fd()])?;
        // Once it has answered, nobody is forgotten.
        let ready = poll::readable([Some(self.0.as_fd())], Some(Instant::now() + START_LIMIT))?;
        match (ready, descriptor::receive(self.0.as_fd(), &mut [0])?.0) {
            ([true], 1) => Ok(()),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Whether a process was refused.
    pub fn has_refused(&self) -> bool {
        matches!(
            poll::readable([Some(self.0.as_fd())], Some(Instant::now())),
            Ok([true]) if descriptor::receive(self.0.as_fd(), &mut [0]).is_ok_and(|(length, _)| length > 0)
        )
    }
}

/// Answers until nobody is left who could ask.
fn count(counted: &OwnedFd, root: Pid, others: &[Pid], limit: usize) -> io::Result<()> {
    let (_, passed) = descriptor::receive(counted.as_fd(), &mut [0])?;
    let [listener] = <[OwnedFd; 1]>::try_from(passed).map_err(|_| io::ErrorKind::UnexpectedEof)?;
    descriptor::send(counted.as_fd(), &[0], &[])?;
    let me = std::process::id().cast_signed();
    let is_counted = |pid: &Pid| *pid != me && !others.contains(pid);
    let mut has_refused = false;
    loop {
        let mut asked = libc::pollfd {
            fd: listener.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one live entry.
        check(unsafe { libc::poll(&raw mut asked, 1, -1) })?;
        if asked.revents & libc::POLLIN == 0 {
            return Ok(());
        }
        // SAFETY: all zeros is a value of this plain C struct, and one that the kernel wants to see.
        let mut request: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the kernel writes a whole request.
        if unsafe { libc::ioctl(listener.as_raw_fd(), RECEIVE, &raw mut request) } < 0 {
            // Whoever asked was killed, or interrupted by a signal and will ask again.
            continue;
        }
        let mut counted_now = 0;
        let mut unseen = children(root);
        unseen.retain(is_counted);
        while let Some(pid) = unseen.pop() {
            counted_now += 1;
            unseen.extend(children(pid));
        }
        // Two that ask at the same moment may both be the last for whom there is room.
        let refuse = counted_now >= limit;
        if refuse && !has_refused {
            // Before whoever asked goes on.
            has_refused = true;
            descriptor::send(counted.as_fd(), &[1], &[])?;
        }
        let answer = libc::seccomp_notif_resp {
            id: request.id,
            val: 0,
            error: if refuse { -libc::EAGAIN } else { 0 },
            flags: if refuse { 0 } else { CONTINUE },
        };
        // SAFETY: the kernel reads a whole answer.
        unsafe { libc::ioctl(listener.as_raw_fd(), SEND, &raw const answer) };
    }
}

/// The children of a process, dead ones that nobody has waited for included.
fn children(pid: Pid) -> Vec<Pid> {
    let mut children = Vec::new();
    for task in proc::numbers(&format!("/proc/{pid}/task")) {
        let list = fs::read_to_string(format!("/proc/{pid}/task/{task}/children")).unwrap_or_default();
        for child in list.split_ascii_whitespace() {
            children.extend(child.parse::<Pid>());
        }
    }
    children
}

/// `_IOWR('!', 0, struct seccomp_notif)`
const RECEIVE: libc::Ioctl = 0xc050_2100_u32 as _;
/// `_IOWR('!', 1, struct seccomp_notif_resp)`
const SEND: libc::Ioctl = 0xc018_2101_u32 as _;
/// `SECCOMP_USER_NOTIF_FLAG_CONTINUE`
const CONTINUE: u32 = 1;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Makes this process, and those it will start, ask before they fork; returns where the questions are.
fn filter() -> io::Result<OwnedFd> {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const SET: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let step = |code: u32, k: u32, yes: u8, no: u8| libc::sock_filter {
        code: u16::try_from(code).expect("codes are short"),
        jt: yes,
        jf: no,
        k,
    };
    let number = |call: libc::c_long| u32::try_from(call).expect("calls are numbered from 0");
    let mut program = vec![
        // Of `struct seccomp_data`: the architecture, then the call.
        step(LOAD, 4, 0, 0),
        step(EQUAL, ARCHITECTURE, 1, 0),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
        step(LOAD, 0, 0, 0),
        // Its flags can't be seen from here; C's library then takes `clone`.
        step(EQUAL, number(libc::SYS_clone3), 0, 1),
        step(RETURN, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned(), 0, 0),
    ];
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_fork, libc::SYS_vfork] {
        program.extend_from_slice(&[
            step(EQUAL, number(call), 0, 1),
            step(RETURN, libc::SECCOMP_RET_USER_NOTIF, 0, 0),
        ]);
    }
    program.extend_from_slice(&[
        step(EQUAL, number(libc::SYS_clone), 1, 0),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
        // The lower half of its first argument, on machines that put that first.
        step(LOAD, 16, 0, 0),
        step(SET, libc::CLONE_THREAD.cast_unsigned(), 0, 1),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
        step(RETURN, libc::SECCOMP_RET_USER_NOTIF, 0, 0),
    ]);
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).expect("it is short"),
        filter: program.as_mut_ptr(),
    };
    let install = || {
        // SAFETY: a complete program, which the kernel copies.
        let listener = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
                &raw const program,
            )
        };
        check(libc::c_int::try_from(listener).unwrap_or(-1))
    };
    let listener = install().or_else(|error| {
        if error.raw_os_error() != Some(libc::EACCES) {
            return Err(error);
        }
        // Without privileges, it takes this: no descendant gets more rights than its parent.
        // SAFETY: sets an attribute of this process.
        check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
        install()
    })?;
    // SAFETY: just created, belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(listener) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_the_process_too_many_and_no_thread() {
        // In a copy, which has one thread.
        let text = process::in_copy(|| {
            let _ = process::adopt_orphans();
            let census = Census::start(3).unwrap();
            let Fork::Parent(counted) = process::fork().unwrap() else {
                let failed = census.join().err().map(|error| error.to_string());
                // By hand: what std does for a new program takes locks that a neighbour of this test may hold.
                let start = || match process::fork() {
                    Ok(Fork::Child) => loop {
                        // SAFETY: waits for a signal.
                        unsafe { libc::pause() };
                    },
                    Ok(Fork::Parent(pid)) => Ok(pid),
                    Err(error) => Err(error.raw_os_error()),
                };
                let (first, second) = (start().is_ok(), start());
                let early = census.has_refused();
                let third = start().err();
                let late = census.has_refused();
                let thread = std::thread::spawn(|| 7).join().ok();
                let ended = second.ok().map(|pid| {
                    process::kill(pid);
                    process::reap_now(pid);
                });
                let fourth = start().is_ok();
                let told = (failed, first, early, third, late, thread, ended, fourth);
                let expected = (
                    None,
                    true,
                    false,
                    Some(Some(libc::EAGAIN)),
                    true,
                    Some(7),
                    Some(()),
                    true,
                );
                process::exit_now(i32::from(told != expected))
            };
            let mut status = 0;
            // SAFETY: `status` is live.
            unsafe { libc::waitpid(counted, &raw mut status, 0) };
            for child in process::children() {
                process::kill(child);
            }
            status.to_string()
        });
        assert_eq!(text.unwrap(), "0");
    }
}
