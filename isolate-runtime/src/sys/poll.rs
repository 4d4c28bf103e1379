//! Waiting for descriptors, always with a deadline in reach.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

/// Waits until at least one of `fds` can be read or has lost its peer; says which. None is ready when `deadline`
/// passes first; without one it waits for ever. `None` among `fds` is never ready.
///
/// They are looked at in order: one that is not ready was not so at a moment after any ready one before it was.
pub fn readable<const N: usize>(fds: [Option<BorrowedFd<'_>>; N], deadline: Option<Instant>) -> io::Result<[bool; N]> {
    let mut ready = [false; N];
    for place in readable_of(&fds, deadline)? {
        ready[place] = true;
    }
    Ok(ready)
}

/// The same for any number of descriptors; returns the places of the ready ones.
pub fn readable_of(fds: &[Option<BorrowedFd<'_>>], deadline: Option<Instant>) -> io::Result<Vec<usize>> {
    let mut entries = Vec::with_capacity(fds.len());
    for &fd in fds {
        entries.push(entry(fd));
    }
    wait(&mut entries, deadline)?;
    let mut ready = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        if entry.revents != 0 {
            ready.push(place);
        }
    }
    Ok(ready)
}

fn entry(fd: Option<BorrowedFd<'_>>) -> libc::pollfd {
    libc::pollfd {
        fd: fd.map_or(-1, |fd| fd.as_raw_fd()),
        events: libc::POLLIN,
        revents: 0,
    }
}

fn wait(entries: &mut [libc::pollfd], deadline: Option<Instant>) -> io::Result<()> {
    loop {
        let timeout = deadline.map_or(-1, |at| milliseconds(at.saturating_duration_since(Instant::now())));
        // SAFETY: `entries` is a live array of that length.
        let count = unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, timeout) };
        if count >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Rounded up, so that a wait never ends before its deadline.
fn milliseconds(duration: Duration) -> libc::c_int {
    libc::c_int::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(libc::c_int::MAX)
}
