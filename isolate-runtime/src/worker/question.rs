use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::protocol::{Printed, Report};
use crate::wait;

/// The worker's socket to its host. While a test runs, nobody else uses it.
static HOST: OnceLock<Mutex<UnixStream>> = OnceLock::new();

/// Tests of this process may ask.
pub fn answer_from(host: &UnixStream) -> io::Result<()> {
    let host = Mutex::new(host.try_clone()?);
    let _ = HOST.set(host);
    Ok(())
}

/// What the running test has printed so far: `None` where no host is, or it doesn't see the output.
pub fn output_so_far() -> Option<io::Result<Option<String>>> {
    let host = HOST.get()?.lock().unwrap_or_else(PoisonError::into_inner);
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
        let host = HOST
            .get()
            .map(|host| host.lock().unwrap_or_else(PoisonError::into_inner));
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
