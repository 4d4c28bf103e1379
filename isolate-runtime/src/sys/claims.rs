//! How far a worker is with the tests that it has been given together, in memory that it shares with the host: the
//! worker claims one after another, and the host may take back those that are not claimed yet. No test is run twice, and
//! neither of them waits for the other.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::null_mut;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

/// The most tests that can be given together.
pub const TOGETHER_MAX: usize = 64;

/// How many tests have been claimed, and how many may be.
#[derive(Debug)]
pub struct Claims {
    /// The first in the lower half, the second in the upper.
    shared: &'static AtomicU32,
}

const LENGTH: usize = size_of::<AtomicU32>();

impl Claims {
    /// New memory, and the descriptor through which another process has it too. Fails when there is none.
    pub fn new() -> io::Result<(Self, OwnedFd)> {
        // SAFETY: a C string.
        let fd = unsafe { libc::memfd_create(c"isolate-claims".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, and nobody else's.
        let memory = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
        memory.set_len(LENGTH as u64)?;
        let memory = OwnedFd::from(memory);
        Ok((Self::of(memory.as_fd())?, memory))
    }

    /// The same memory in another process. Forks of that one don't have it: no test can write there that has a process
    /// of its own.
    pub fn of(memory: BorrowedFd<'_>) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a mapping at an address of the kernel's choice disturbs nothing.
        let address = unsafe { libc::mmap(null_mut(), LENGTH, protection, libc::MAP_SHARED, memory.as_raw_fd(), 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: zeros, or what the other process has written, which is a value of the type; unmapped only by `drop`.
        let shared = unsafe { &*address.cast() };
        let claims = Self { shared };
        claims.reach_forks(false);
        Ok(claims)
    }

    /// Says whether a fork of this process has the memory too.
    pub fn reach_forks(&self, is: bool) {
        let advice = if is { libc::MADV_DOFORK } else { libc::MADV_DONTFORK };
        // SAFETY: mapped as long as `self` lives, and by nobody who has a fork without it.
        unsafe { libc::madvise(self.address(), LENGTH, advice) };
    }

    /// Allows so many claims, from the first test on.
    pub fn open(&self, tests: usize) {
        self.shared.store(state(0, tests), Release);
    }

    /// Claims the next test; `false` if there is none, or it has been taken back.
    pub fn claim(&self) -> bool {
        let claim = |shared| {
            let (claimed, allowed) = numbers(shared);
            (claimed < allowed).then(|| state(claimed + 1, allowed))
        };
        self.shared.fetch_update(AcqRel, Acquire, claim).is_ok()
    }

    /// Takes back what has not been claimed, but never the first. Returns how many are left to the worker.
    pub fn take_back(&self) -> usize {
        let take = |shared| {
            let (claimed, _) = numbers(shared);
            Some(state(claimed, claimed.max(1)))
        };
        let before = self.shared.fetch_update(AcqRel, Acquire, take);
        before.map_or(1, |shared| numbers(shared).0.max(1))
    }

    /// How many tests have been claimed.
    pub fn count(&self) -> usize {
        numbers(self.shared.load(Acquire)).0
    }

    fn address(&self) -> *mut libc::c_void {
        std::ptr::from_ref(self.shared).cast_mut().cast()
    }
}

fn state(claimed: usize, allowed: usize) -> u32 {
    let half = |number: usize| u32::try_from(number.min(TOGETHER_MAX)).unwrap_or_default();
    half(claimed) | half(allowed) << 16
}

fn numbers(shared: u32) -> (usize, usize) {
    ((shared & 0xffff) as usize, (shared >> 16) as usize)
}

impl Drop for Claims {
    fn drop(&mut self) {
        // SAFETY: mapped in `of`, and nobody has a reference any more.
        unsafe { libc::munmap(self.address(), LENGTH) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_claims_the_other_cannot_take_back() {
        let (host, memory) = Claims::new().unwrap();
        let worker = Claims::of(memory.as_fd()).unwrap();
        assert!(!worker.claim(), "nothing is allowed yet");
        host.open(3);
        assert!(worker.claim() && worker.claim());
        assert_eq!(host.count(), 2);
        assert_eq!(host.take_back(), 2);
        assert!(!worker.claim(), "the third was taken back");
        assert_eq!(host.count(), 2);
        host.open(2);
        assert_eq!(
            host.take_back(),
            1,
            "the first is the worker's, although it has not begun"
        );
        assert!(worker.claim() && !worker.claim());
    }
}
