use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::protocol::{Printed, Report};
use crate::sys::descriptor;
use crate::wait;

/// The worker's socket to its host. While a test runs, nobody else uses it.
static HOST: OnceLock<Mutex<UnixStream>> = OnceLock::new();

/// Tests of this process may ask.
pub fn answer_from(host: &UnixStream) -> io::Result<()> {
    if let Some(before) = HOST.get() {
        // Of the process that this one was forked from.
        return descriptor::replace(lock(before).as_fd(), host.as_fd());
    }
    let _ = HOST.set(Mutex::new(host.try_clone()?));
    Ok(())
}

/// Closes this process's end of the socket, and leaves something else in its place.
pub fn answer_nobody(instead: BorrowedFd<'_>) -> io::Result<()> {
    HOST.get()
        .map_or(Ok(()), |host| descriptor::replace(lock(host).as_fd(), instead))
}

fn lock(host: &Mutex<UnixStream>) -> MutexGuard<'_, UnixStream> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the running test has printed so far: `None` where no host is, or it doesn't see the output.
pub fn output_so_far() -> Option<io::Result<Option<String>>> {
    let host = lock(HOST.get()?);
    let answer = Report::Asks.write(&*host).and_then(|()| Printed::read(&*host));
    Some(answer.and_then(|answer| {
        answer
            .map(|printed| printed.0)
            .ok_or(io::ErrorKind::UnexpectedEof.into())
    }))
}

/// Does something that may take `limit`, of which none counts as time of the running test.
pub fn while_waiting<T>(limit: Duration, f: impl FnOnce() -> T) -> T {
    // A host that is gone doesn't count either.
    let tell = |report: &Report| {
        let host = HOST.get().map(lock);
        host.is_some_and(|host| report.write(&*host).is_ok())
    };
    let start = Instant::now();
    let told = tell(&Report::Waits(u32::try_from(limit.as_millis()).unwrap_or(u32::MAX)));
    let value = f();
    if told {
        tell(&Report::GoesOn);
        wait::extend_test(start.elapsed());
    }
    value
}
