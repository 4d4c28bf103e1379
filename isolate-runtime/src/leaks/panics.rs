//! Panics in threads that nobody joined.

use std::fmt;
use std::panic::PanicHookInfo;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::record::{self, FINISHED, Held, JOINED, PANICKED, Panic};
use super::threads::{LINGER, in_scope, write_starts};
use super::{Scope, Snapshot};
use crate::stacks::{Frame, symbolize, users_own};
use crate::sys::interpose::backtrace;

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

/// Frames of a panic that are kept, to see whether something was going to catch it.
const FRAMES: usize = 256;

/// Records a panic with the thread that it happened on. Call it from the process's panic hook.
pub fn panic_hook(info: &PanicHookInfo<'_>) {
    let mut addresses = vec![0; FRAMES];
    let len = backtrace(&mut addresses);
    addresses.truncate(len);
    record::panicked(Panic {
        message: info.payload_as_str().unwrap_or("a value that is no text").to_owned(),
        location: info.location().map(ToString::to_string).unwrap_or_default(),
        thread: thread::current().name().map(str::to_owned),
        addresses,
    });
}

/// The threads that panicked since the snapshot, ended by it, and were never joined. Call it after
/// [`check`](super::check); each panic is told once. Threads that still run aren't there: they are leaks.
pub fn unjoined_panics(before: &Snapshot, scope: Scope) -> Option<UnjoinedPanics> {
    let panicked = || record::all().filter(|record| in_scope(record, before, scope) && record.is(PANICKED));
    // One that has just panicked may still be on its way out.
    let deadline = Instant::now() + LINGER;
    let mut pause = Duration::from_micros(20);
    while panicked().any(|record| !record.is(FINISHED) && !record.is(JOINED)) && Instant::now() < deadline {
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
    let mut records: Vec<Held> = panicked()
        .filter(|record| record.is(FINISHED) && !record.is(JOINED))
        .collect();
    if records.is_empty() {
        return None;
    }
    records.sort_by_key(Held::id);
    let panics: Vec<_> = records.iter().filter_map(|record| accuse(record, before)).collect();
    records.iter().for_each(Held::forget_panic);
    (!panics.is_empty()).then_some(UnjoinedPanics { panics })
}

fn accuse(record: &Held, before: &Snapshot) -> Option<UnjoinedPanic> {
    let panic = record.panic()?;
    let mut stacks = vec![panic.addresses.clone(), record.frames()];
    let mut parent = record.parent();
    while let Some(starter) = parent.filter(|parent| parent.id() >= before.first) {
        stacks.push(starter.frames());
        parent = starter.parent();
    }
    let mut frames = symbolize(&stacks.concat()).into_iter();
    let mut stacks = stacks
        .iter()
        .map(|stack| frames.by_ref().take(stack.len()).flatten().collect::<Vec<_>>());
    let panicking = stacks.next()?;
    let starts: Vec<_> = stacks.collect();
    if caught(&panicking) || scoped(starts.first()?) {
        return None;
    }
    Some(UnjoinedPanic {
        name: panic.thread.clone(),
        message: panic.message.clone(),
        location: panic.location.clone(),
        starts: starts
            .iter()
            .map(|frames| users_own(&frames.iter().collect::<Vec<_>>()))
            .filter(|frames| !frames.is_empty())
            .collect(),
    })
}

/// Whether a `catch_unwind` between the panic and the thread's start kept the thread alive, as in thread pools.
fn caught(frames: &[Frame]) -> bool {
    let in_thread = frames
        .iter()
        .position(|frame| frame.function.contains("__rust_begin_short_backtrace"));
    frames[..in_thread.unwrap_or(0)].iter().any(|frame| {
        [
            "std::panicking::try",
            "std::panicking::catch_unwind",
            "std::panic::catch_unwind",
            "__rust_try",
        ]
        .iter()
        .any(|catch| frame.function.starts_with(catch))
    })
}

/// Whether std joins the thread by itself, and panics in its scope if it panicked.
fn scoped(start: &[Frame]) -> bool {
    start
        .iter()
        .any(|frame| frame.function.contains("std::thread::scoped::"))
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
