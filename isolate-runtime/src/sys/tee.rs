use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::{descriptor, poll};
use crate::host::Output;
use crate::leaks;

/// Stands between this process, with the children it starts, and its standard streams: passes on what they print, and
/// keeps it.
pub struct Tee {
    /// Standard output and standard error as they were.
    before: [OwnedFd; 2],
    kept: Arc<Mutex<Output>>,
    /// Closed to end the thread.
    end: PipeWriter,
    thread: JoinHandle<()>,
}

impl Tee {
    /// Redirects both streams.
    pub fn start() -> io::Result<Self> {
        let before = [
            io::stdout().as_fd().try_clone_to_owned()?,
            io::stderr().as_fd().try_clone_to_owned()?,
        ];
        let (reader, writer) = io::pipe()?;
        let (ended, end) = io::pipe()?;
        descriptor::set_nonblocking(reader.as_fd())?;
        let to_read = reader.try_clone()?;
        let kept = Arc::new(Mutex::new(Output::passing_on(reader, before[0].try_clone()?.into())));
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
        for target in [1, 2] {
            if let Err(error) = descriptor::redirect(writer.as_fd(), target) {
                drop(writer);
                tee.end();
                return Err(error);
            }
        }
        Ok(tee)
    }

    /// What was printed so far.
    pub fn text(&self) -> String {
        let mut kept = lock(&self.kept);
        kept.drain();
        kept.text()
    }

    /// Puts the streams back.
    pub fn end(self) {
        for (before, target) in self.before.iter().zip([1, 2]) {
            // Both are open: nothing else can go wrong.
            let _ = descriptor::redirect(before.as_fd(), target);
        }
        drop(self.end);
        let _ = self.thread.join();
        lock(&self.kept).drain();
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
