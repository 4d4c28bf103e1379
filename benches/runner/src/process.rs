//! Runs a command and says what it cost: wall time, CPU time and peak memory, descendants included.

use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A run that takes longer is given up.
const LIMIT: Duration = Duration::from_mins(4);

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From before the start to the end of the process.
    pub wall: Duration,
    /// User and system time of the process and all its descendants.
    pub cpu: Duration,
    /// Peak resident memory of the largest single process, in KiB.
    pub peak: u64,
}

/// How a run went.
pub struct Ran {
    /// What it cost.
    pub cost: Cost,
    /// The wait status.
    pub status: i32,
    /// What it printed, both streams.
    pub output: String,
}

/// Descendants that outlive their parent come to this process, so that none escapes the measurement.
pub fn adopt_orphans() {
    // SAFETY: changes an attribute of this process only.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// Makes a command run on these CPUs only.
pub fn pinned<'a>(command: &'a mut Command, cpus: &[usize]) -> &'a mut Command {
    // SAFETY: an all-zero set is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for &cpu in cpus {
        // SAFETY: `CPU_SET` checks the bound.
        unsafe { libc::CPU_SET(cpu, &mut set) };
    }
    // SAFETY: between fork and exec there is one system call and no allocation.
    unsafe {
        command.pre_exec(move || {
            if libc::sched_setaffinity(0, size_of_val(&set), &raw const set) == 0 {
                Ok(())
            } else {
                Err(io::Error::last_os_error())
            }
        })
    }
}

/// Runs the command to its end; its output goes through the file `log`.
pub fn run(command: &mut Command, log: &Path) -> io::Result<Ran> {
    let file = File::create(log)?;
    // Such as a server, which goes on.
    let others = children(std::process::id());
    command.stdin(std::process::Stdio::null());
    command.stdout(file.try_clone()?).stderr(file);
    command.process_group(0);
    let start = Instant::now();
    let pid = command.spawn()?.id().cast_signed();
    let (ended, limit) = mpsc::channel::<()>();
    let guard = thread::spawn(move || {
        let late = limit.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            // SAFETY: has no preconditions; the group is this run's own.
            unsafe { libc::kill(-pid, libc::SIGKILL) };
        }
        late
    });
    let waited = wait(pid, start, 0);
    drop(ended);
    if guard.join().unwrap_or(false) {
        return Err(io::Error::other(format!("takes longer than {} s", LIMIT.as_secs())));
    }
    let (status, mut cost) = waited?.expect("a wait without flags returns a child");
    // Helpers that end just after it: theirs counts too.
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        match wait(-1, start, libc::WNOHANG) {
            Ok(Some((_, late))) => {
                cost.cpu += late.cpu;
                cost.peak = cost.peak.max(late.peak);
            }
            Ok(None) if children(std::process::id()).iter().all(|child| others.contains(child)) => break,
            Ok(None) => thread::sleep(Duration::from_millis(1)),
            Err(_) => break,
        }
    }
    let output = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    Ok(Ran { cost, status, output })
}

/// Children of all threads of a process.
pub fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Waits for a child; `None` if it is still running and the flags say not to wait.
fn wait(pid: i32, start: Instant, flags: i32) -> io::Result<Option<(i32, Cost)>> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    let ended = loop {
        // SAFETY: both out-parameters live through the call.
        let ended = unsafe { libc::wait4(pid, &raw mut status, flags, usage.as_mut_ptr()) };
        if ended >= 0 {
            break ended;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    };
    if ended == 0 {
        return Ok(None);
    }
    let wall = start.elapsed();
    // SAFETY: wait4 has returned a child and thus filled it in.
    let usage = unsafe { usage.assume_init() };
    let cost = Cost {
        wall,
        cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
        peak: u64::try_from(usage.ru_maxrss).unwrap_or(0),
    };
    Ok(Some((status, cost)))
}

fn duration(time: libc::timeval) -> Duration {
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    Duration::from_secs(part(time.tv_sec)) + Duration::from_micros(part(time.tv_usec))
}
