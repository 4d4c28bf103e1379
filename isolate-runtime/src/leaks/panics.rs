//! Panics in threads that nobody joined.

use std::fmt;
use std::panic::PanicHookInfo;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::held::Held;
use super::record::{self, FINISHED, JOINED, PANICKED, Panic};
use super::report::write_starts;
use super::threads::{LINGER, in_scope};
use super::{Scope, Snapshot};
use crate::stacks::{Frame, Origin, symbolize, users_own_of};
use crate::sys::unwind::catching;

/// A thread that panicked and was never joined.
#[derive(Debug)]
pub struct UnjoinedPanic {
    /// The thread's name, when it has one.
    pub name: Option<String>,
    /// The panic's text.
    pub message: String,
    /// Where it panicked: `src/watch.rs:58:9`.
    pub location: String,
    /// The user's frames at the thread's start, and at the start of those that it was started by.
    pub starts: Vec<Vec<Frame>>,
}

/// Threads of a test that panicked and were never joined. `Display` is the report.
#[derive(Debug)]
pub struct UnjoinedPanics {
    /// One for each thread.
    pub panics: Vec<UnjoinedPanic>,
}

/// Threads with a lower id may have panicked in a `std::thread::scope` that has said so.
static SCOPE_PANICKED: AtomicU64 = AtomicU64::new(0);

/// Records a panic with the thread that it happened on. Call it from the process's panic hook.
pub fn panic_hook(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a value that is no text");
    if message == "a scoped thread panicked" {
        SCOPE_PANICKED.store(record::next_id(), Relaxed);
    }
    let mut addresses = [0; 32];
    let catching = catching(&mut addresses);
    record::panicked(Panic {
        message: message.to_owned(),
        location: info.location().map(ToString::to_string).unwrap_or_default(),
        thread: thread::current().name().map(str::to_owned),
        catches: catching.count,
        catching: addresses[..catching.len].to_vec(),
    });
}

/// The threads that panicked since the snapshot, ended by it, and were never joined. Call it after
/// [`check`](super::check); each panic is told once. Threads that still run aren't there: they are leaks.
pub fn unjoined_panics(before: &Snapshot, scope: Scope) -> Option<UnjoinedPanics> {
    if record::next_id() == before.first {
        return None;
    }
    let panicked = || record::select(&|record| in_scope(record, before, scope) && record.is(PANICKED));
    let over = |record: &Held| record.is(FINISHED) || record.is(JOINED);
    // One that has just panicked may still be on its way out.
    let deadline = Instant::now() + LINGER;
    let mut pause = Duration::from_micros(20);
    while !panicked().iter().all(over) && Instant::now() < deadline {
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
    let mut panics = Vec::new();
    for record in panicked() {
        if record.is(FINISHED) && !record.is(JOINED) {
            panics.extend(accuse(&record, before));
            record.forget_panic();
        }
    }
    (!panics.is_empty()).then_some(UnjoinedPanics { panics })
}

fn accuse(record: &Held, before: &Snapshot) -> Option<UnjoinedPanic> {
    let panic = record.panic()?;
    let mut stacks = vec![panic.catching.clone()];
    stacks.append(&mut record.starts(before.first));
    let frames = symbolize(&stacks);
    let (catching, starts) = frames.split_first()?;
    if panic.catches > 1 || caught(catching) || scoped(starts.first()?, record.id()) {
        return None;
    }
    Some(UnjoinedPanic {
        name: panic.thread.clone(),
        message: panic.message.clone(),
        location: panic.location.clone(),
        starts: users_own_of(starts),
    })
}

/// Whether it was the thread's own code that was going to catch the panic: std's own catch lies outside of this function.
/// An optimiser that sees that nothing gets out leaves std's away.
fn caught(catching: &[Frame]) -> bool {
    catching
        .iter()
        .any(|frame| frame.function.contains("__rust_begin_short_backtrace"))
}

/// Whether std joins the thread by itself, and panics in its scope if it panicked.
fn scoped(start: &[Frame], id: u64) -> bool {
    let by_scope = |frame: &Frame| {
        frame.function.contains("std::thread::scoped::")
            || frame
                .file
                .as_ref()
                .is_some_and(|file| file.ends_with("library/std/src/thread/scoped.rs"))
    };
    // Without line tables, what was inlined can't be told; std's own panic then gives the benefit of the doubt.
    let unclear = start
        .iter()
        .all(|frame| frame.file.is_none() || frame.origin == Origin::System);
    start.iter().any(by_scope) || (unclear && id < SCOPE_PANICKED.load(Relaxed))
}

impl fmt::Display for UnjoinedPanics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panics.len() {
            1 => writeln!(f, "a thread panicked and was never joined")?,
            n => writeln!(f, "{n} threads panicked and were never joined")?,
        }
        for panic in &self.panics {
            match &panic.name {
                Some(name) => write!(f, "  thread `{name}`")?,
                None => write!(f, "  unnamed thread")?,
            }
            writeln!(
                f,
                " panicked at {}: {}",
                panic.location,
                panic.message.lines().next().unwrap_or_default()
            )?;
            write_starts(f, &panic.starts)?;
        }
        write!(
            f,
            "  join it and look at the result, so that its panic reaches the test"
        )
    }
}
