//! Threads that outlive their test.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::record::{self, EXEMPT, FINISHED, Held, JOINED, PANICKED};
use super::{Policy, Scope};
use crate::stacks::{Frame, symbolize, telling, threads_of, users_own};
use crate::sys::interpose;
use crate::sys::sample::sample_here;
use crate::sys::thread::{exists, exiting};

/// How long [`check`] waits for threads that are about to end.
pub const LINGER: Duration = Duration::from_secs(1);

/// How long it waits for those that have panicked: with `RUST_BACKTRACE`, a busy machine takes seconds to print that.
const PANIC_LINGER: Duration = Duration::from_secs(10);

/// How long the threads of a failed test have to say where they are.
const SAMPLE: Duration = Duration::from_millis(300);

/// The threads that ran at one moment.
#[derive(Debug)]
pub struct Snapshot {
    tids: Vec<i32>,
    count: u64,
    /// Threads started later have this id or a higher one.
    pub(super) first: u64,
    /// What threads belong to that the thread which took the snapshot started.
    pub(super) scope: u64,
}

/// Threads that were still running after their test. `Display` is the report.
#[derive(Debug)]
pub struct Leaks {
    /// One for each thread, in the order of their start.
    pub leaks: Vec<Leak>,
    pub(super) policy: Policy,
}

/// A thread that was still running.
#[derive(Debug)]
pub struct Leak {
    /// The thread's name, of which the kernel keeps 15 bytes; `None` when nobody gave it one.
    pub name: Option<String>,
    /// The kernel's id.
    pub tid: i32,
    /// The user's frames at its start, innermost first; then those at the start of the thread that started it, and so
    /// on; a stack without any is empty. No stack at all when the thread didn't come from `pthread_create`.
    pub starts: Vec<Vec<Frame>>,
    /// The user's innermost frame where the thread is now, or the most telling other.
    pub now: Option<Frame>,
    /// What the thread does, as the kernel sees it.
    pub state: String,
}

/// Remembers the threads that run now. Call it on the thread that is going to run the test.
pub fn snapshot() -> Snapshot {
    /// What [`count`] counts beside threads, once it is known.
    static BASE: AtomicU64 = AtomicU64::new(u64::MAX);
    let (count, pid) = (count(), std::process::id().cast_signed());
    // Between tests a worker has one thread as a rule, and needs no list.
    let tids = if count.checked_sub(1) == Some(BASE.load(Relaxed)) {
        vec![pid]
    } else {
        let tids = threads_of(pid);
        if tids.len() == 1 {
            BASE.store(count - 1, Relaxed);
        }
        tids
    };
    Snapshot {
        count,
        tids,
        first: record::next_id(),
        scope: record::open_scope(),
    }
}

/// Threads that run now and didn't at the snapshot. Waits up to [`LINGER`] for those that are about to end. Without any,
/// it costs a system call.
pub fn check(before: &Snapshot, scope: Scope, policy: Policy) -> Option<Leaks> {
    check_with(before, scope, policy, || ())
}

/// [`check`] that calls `lingering` before it waits, for whoever measures the test's time.
pub fn check_with(before: &Snapshot, scope: Scope, policy: Policy, lingering: impl FnOnce()) -> Option<Leaks> {
    if policy == Policy::Off {
        return None;
    }
    let quiet = || match scope {
        Scope::Process => interpose::active() && count() == before.count,
        Scope::StartedHere => true,
    };
    if recorded(before, scope).next().is_none() && quiet() {
        return None;
    }
    let started = Instant::now();
    let mut pause = Duration::from_micros(20);
    let mut lingering = Some(lingering);
    loop {
        let mut suspects = suspects(before, scope);
        if suspects.is_empty() {
            return None;
        }
        if let Some(lingering) = lingering.take() {
            lingering();
        }
        suspects.retain(|suspect| started.elapsed() >= suspect.limit());
        if !suspects.is_empty() {
            let leaks = describe(before, &suspects);
            return Some(Leaks { leaks, policy });
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

struct Suspect {
    tid: i32,
    record: Option<Held>,
}

impl Suspect {
    fn limit(&self) -> Duration {
        let panicked = self.record.as_ref().is_some_and(|record| record.is(PANICKED));
        if panicked { PANIC_LINGER } else { LINGER }
    }
}

/// Records of threads that were started since and haven't ended.
pub(super) fn recorded(before: &Snapshot, scope: Scope) -> impl Iterator<Item = Held> {
    let here = record::current().map(|record| record.id());
    record::all().filter(move |record| {
        in_scope(record, before, scope) && !record.is(FINISHED) && !record.is(JOINED) && Some(record.id()) != here
    })
}

pub(super) fn in_scope(record: &Held, before: &Snapshot, scope: Scope) -> bool {
    match scope {
        Scope::Process => record.id() >= before.first && record.scope() != EXEMPT,
        Scope::StartedHere => record.scope() == before.scope,
    }
}

fn suspects(before: &Snapshot, scope: Scope) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = recorded(before, scope)
        .filter(|record| {
            let gone = record.tid() != 0 && !exists(record.tid());
            if gone {
                record.vanished();
            }
            !gone
        })
        .map(|record| Suspect {
            tid: record.tid(),
            record: Some(record),
        })
        .collect();
    suspects.sort_by_key(|suspect| suspect.record.as_ref().map(Held::id));
    if scope == Scope::Process {
        let known: Vec<i32> = record::all().map(|record| record.tid()).collect();
        // SAFETY: has no preconditions.
        let here = unsafe { libc::gettid() };
        let unknown = threads_of(std::process::id().cast_signed()).into_iter().filter(|&tid| {
            tid != here
                && before.tids.binary_search(&tid).is_err()
                && !known.contains(&tid)
                && !record::just_ended(tid)
                && !exiting(tid)
        });
        suspects.extend(unknown.map(|tid| Suspect { tid, record: None }));
    }
    suspects
}

fn describe(before: &Snapshot, suspects: &[Suspect]) -> Vec<Leak> {
    let tids: Vec<i32> = suspects.iter().map(|suspect| suspect.tid).collect();
    let stacks = sample_here(&tids, Instant::now() + SAMPLE);
    // The start of each thread, then of the one that started it.
    let starts: Vec<Vec<Vec<usize>>> = suspects.iter().map(|suspect| start_stacks(suspect, before)).collect();
    // All at once: the debug information is read only one time.
    let addresses: Vec<usize> = stacks
        .iter()
        .flat_map(|stack| &stack.addresses)
        .chain(starts.iter().flatten().flatten())
        .copied()
        .collect();
    let frames = symbolize(&addresses);
    let (now, started) = frames.split_at(stacks.iter().map(|stack| stack.addresses.len()).sum());
    let (mut now, mut started) = (now.iter(), started.iter());
    let nows: Vec<Option<Frame>> = stacks
        .iter()
        .map(|stack| telling(&now.by_ref().take(stack.addresses.len()).flatten().collect::<Vec<_>>()))
        .collect();
    suspects
        .iter()
        .zip(starts)
        .map(|(suspect, starts)| {
            let starts = starts
                .iter()
                .map(|stack| users_own(&started.by_ref().take(stack.len()).flatten().collect::<Vec<_>>()))
                .collect();
            let at = stacks.iter().position(|stack| stack.tid == suspect.tid);
            let inherited = suspect.record.as_ref().map(Held::inherited_name);
            Leak {
                name: at
                    .map(|at| stacks[at].name.clone())
                    .filter(|name| Some(name) != inherited.as_ref()),
                tid: suspect.tid,
                starts,
                now: at.and_then(|at| nows[at].clone()),
                state: at.map_or_else(|| "starting".to_owned(), |at| stacks[at].state.clone()),
            }
        })
        .collect()
}

fn start_stacks(suspect: &Suspect, before: &Snapshot) -> Vec<Vec<usize>> {
    let mut stacks = Vec::new();
    let Some(record) = &suspect.record else { return stacks };
    stacks.push(record.frames());
    let mut parent = record.parent();
    while let Some(record) = parent.filter(|parent| parent.id() >= before.first) {
        stacks.push(record.frames());
        parent = record.parent();
    }
    stacks
}

/// A number that grows with each thread, for the price of one system call.
fn count() -> u64 {
    let mut stat = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: a C string, and room for the answer; zeroes, should there be none, are a valid value.
    let stat = unsafe {
        libc::stat(c"/proc/self/task".as_ptr(), stat.as_mut_ptr());
        stat.assume_init()
    };
    #[allow(clippy::useless_conversion, reason = "narrower on some architectures")]
    u64::from(stat.st_nlink)
}
