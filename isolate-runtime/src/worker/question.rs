use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::protocol::{Printed, Report};

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
