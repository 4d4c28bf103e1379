//! How much of the machine a process may use.

use std::fs;
use std::io;

use super::descriptor::check;
use super::proc;

/// The most that a process may use from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In bytes, on top of what it has.
    pub memory: Option<u64>,
    /// Itself included.
    pub processes: Option<u32>,
    /// Descriptors that are open at the same time, on top of those that are.
    pub files: Option<u32>,
    /// In seconds of CPU time, on top of what it has used.
    pub cpu: Option<u32>,
}

impl Limits {
    /// No limits.
    pub const NONE: Self = Self {
        memory: None,
        processes: None,
        files: None,
        cpu: None,
    };

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Makes them the limits of this process, until they are lifted. What it starts meanwhile has the same limits, each process
    /// for itself.
    pub fn apply(&self) -> io::Result<Applied> {
        let mut applied = Applied(Vec::new());
        if let Some(memory) = self.memory {
            applied.set(libc::RLIMIT_DATA, data()?.saturating_add(memory))?;
        }
        if let Some(cpu) = self.cpu {
            applied.set(libc::RLIMIT_CPU, used()?.saturating_add(cpu.into()))?;
        }
        if let Some(files) = self.files {
            applied.set(libc::RLIMIT_NOFILE, first_beyond(&open(), files))?;
        }
        Ok(applied)
    }
}

/// Limits of this process.
#[derive(Debug, Default)]
pub struct Applied(Vec<(Resource, libc::rlimit)>);

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = libc::c_int;

impl Applied {
    /// Makes an end of them.
    pub fn lift(self) {
        for (resource, before) in self.0 {
            // SAFETY: `before` is live.
            unsafe { libc::setrlimit(resource, &raw const before) };
        }
    }

    fn set(&mut self, resource: Resource, limit: u64) -> io::Result<()> {
        let mut now = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: `now` is live.
        check(unsafe { libc::getrlimit(resource, &raw mut now) })?;
        let new = libc::rlimit {
            rlim_cur: limit.min(now.rlim_cur),
            ..now
        };
        // SAFETY: `new` is live.
        check(unsafe { libc::setrlimit(resource, &raw const new) })?;
        self.0.push((resource, now));
        Ok(())
    }
}

/// The descriptors of this process that are open.
fn open() -> Vec<i32> {
    let mut open = proc::numbers("/proc/self/fd");
    // Not the one that the directory was read through.
    // SAFETY: takes numbers.
    open.retain(|&fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } != -1);
    open
}

/// The lowest limit below which so many numbers are free.
fn first_beyond(open: &[i32], free: u32) -> u64 {
    let mut limit = u64::from(free);
    // Each open one below the limit takes one of the places.
    let mut sorted: Vec<u64> = Vec::new();
    for fd in open {
        let fd = u64::from(fd.cast_unsigned());
        sorted.insert(sorted.partition_point(|&other| other < fd), fd);
    }
    for fd in sorted {
        if fd < limit {
            limit += 1;
        }
    }
    limit
}

/// Memory that this process has for its data, in bytes, as the kernel counts it for the limit.
fn data() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/statm")?;
    let pages = text
        .split_ascii_whitespace()
        .nth(5)
        .and_then(|pages| pages.parse::<u64>().ok());
    // SAFETY: no preconditions.
    let size = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    pages
        .map(|pages| pages * size)
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// CPU time of this process, in seconds that have begun.
fn used() -> io::Result<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is live.
    check(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) })?;
    Ok(u64::try_from(time.tv_sec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process;

    #[test]
    fn counts_free_places_among_those_that_are_taken() {
        assert_eq!(first_beyond(&[], 4), 4);
        assert_eq!(first_beyond(&[2, 0, 1], 4), 7);
        assert_eq!(first_beyond(&[0, 1, 2, 9], 4), 7);
        assert_eq!(first_beyond(&[0, 1, 2, 5], 4), 8);
    }

    #[test]
    fn counts_data() {
        // In a copy, where no other test lets memory go.
        let grown = process::in_copy(|| {
            let before = data().unwrap();
            let block = vec![1_u8; 64 << 20];
            let after = data().unwrap();
            drop(block);
            after.saturating_sub(before).to_string()
        });
        let grown: u64 = grown.unwrap().parse().unwrap();
        assert!(grown >= 64 << 20, "{grown}");
    }
}
