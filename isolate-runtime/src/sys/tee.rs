use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::{descriptor, poll};
use crate::host::Output;
use crate::leaks;

/// Stands between this process, with the children it starts, and its standard streams: passes on what they print, and
/// keeps it.
pub struct Tee {
    /// The streams as they were.
    before: Vec<(RawFd, OwnedFd)>,
    kept: Arc<Mutex<Output>>,
    /// Closed to end the thread.
    end: PipeWriter,
    thread: JoinHandle<()>,
}

impl Tee {
    /// Redirects the streams. All that they print is passed on to the first.
    pub fn start(streams: &[Stream]) -> io::Result<Self> {
        let before = streams
            .iter()
            .copied()
            .map(Stream::now)
            .collect::<io::Result<Vec<_>>>()?;
        let (reader, writer) = io::pipe()?;
        let (ended, end) = io::pipe()?;
        descriptor::set_nonblocking(reader.as_fd())?;
        let to_read = reader.try_clone()?;
        let kept = Arc::new(Mutex::new(Output::passing_on(reader, before[0].1.try_clone()?.into())));
        let of_thread = Arc::clone(&kept);
        // It belongs to the fixture, not to the test.
        let thread = leaks::exempt(|| {
            thread::Builder::new()
                .name("capture".to_owned())
                .spawn(move || pass_on(&to_read, &ended, &of_thread))
        })?;
        let tee = Self {
            before,
            kept,
            end,
            thread,
        };
        let redirected = tee
            .before
            .iter()
            .try_for_each(|(target, _)| descriptor::redirect(writer.as_fd(), *target));
        if let Err(error) = redirected {
            drop(writer);
            tee.end();
            return Err(error);
        }
        Ok(tee)
    }

    /// What was printed so far.
    pub fn text(&self) -> String {
        let mut kept = lock(&self.kept);
        kept.drain();
        kept.text()
    }

    /// Puts the streams back, and says what was printed.
    pub fn end(self) -> String {
        for (target, before) in &self.before {
            // Both are open: nothing else can go wrong.
            let _ = descriptor::redirect(before.as_fd(), *target);
        }
        drop(self.end);
        let _ = self.thread.join();
        let mut kept = lock(&self.kept);
        kept.drain();
        kept.text()
    }
}

/// A standard stream.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    /// Its number, and where it goes now.
    fn now(self) -> io::Result<(RawFd, OwnedFd)> {
        match self {
            Self::Out => Ok((1, io::stdout().as_fd().try_clone_to_owned()?)),
            Self::Err => Ok((2, io::stderr().as_fd().try_clone_to_owned()?)),
        }
    }
}

/// So that nobody waits for a reader, and a terminal shows what is printed when it is printed.
fn pass_on(printed: &PipeReader, ended: &PipeReader, kept: &Mutex<Output>) {
    while let Ok([readable, false]) = poll::readable([Some(printed.as_fd()), Some(ended.as_fd())], None) {
        if readable {
            lock(kept).drain();
            if lock(kept).as_fd().is_none() {
                return;
            }
        }
    }
}

fn lock(kept: &Mutex<Output>) -> MutexGuard<'_, Output> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
