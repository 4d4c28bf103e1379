//! Threads that outlive their test.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::held::Held;
use super::record::{self, FINISHED, FIXTURES, JOINED, PANICKED};
use super::{Policy, Scope};
use crate::stacks::{Frame, symbolize, telling, threads_of, users_own_of};
use crate::sys::interpose;
use crate::sys::sample::sample_here;
use crate::sys::thread::{exists, exiting, is_alone};

/// How long [`check`] waits for threads that are about to end.
pub const LINGER: Duration = Duration::from_secs(1);

/// How long it waits for those that have panicked: with `RUST_BACKTRACE`, a busy machine takes seconds to print that.
const PANIC_LINGER: Duration = Duration::from_secs(10);

/// How long it sleeps at most before it looks again.
const PAUSE_MAX: Duration = Duration::from_millis(10);

/// How long the threads that are waited for are only counted, lest one ends in the moment in which another starts.
const LISTED: Duration = Duration::from_millis(100);

/// How long the threads of a failed test have to say where they are.
const SAMPLE: Duration = Duration::from_millis(300);

/// The threads that ran at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// Beside the one that took the snapshot.
    tids: Vec<i32>,
    /// What [`count`] said; unknown if there was only one.
    count: Option<u64>,
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

/// Remembers the threads that run now. Call it on the thread that is going to run the test, and compare there.
pub fn snapshot() -> Snapshot {
    let (tids, count) = other_threads();
    Snapshot {
        tids,
        count,
        first: record::next_id(),
        scope: record::open_scope(),
    }
}

/// The threads of this process beside the calling one, and what [`count`] says if there may be any.
fn other_threads() -> (Vec<i32>, Option<u64>) {
    /// What [`count`] counts beside threads, once it is known.
    static BASE: AtomicU64 = AtomicU64::new(u64::MAX);
    // Between tests a worker has one thread as a rule, and needs no list.
    if is_alone() == Some(true) {
        return (Vec::new(), None);
    }
    let count = count();
    if count.checked_sub(1) == Some(BASE.load(Relaxed)) {
        return (Vec::new(), Some(count));
    }
    // SAFETY: has no preconditions.
    let here = unsafe { libc::gettid() };
    let mut tids = threads_of(std::process::id().cast_signed());
    tids.retain(|&tid| tid != here);
    if tids.is_empty() {
        BASE.store(count - 1, Relaxed);
    }
    (tids, Some(count))
}

/// The threads of this process beside the calling one, with their scopes. Waits up to [`LINGER`] for those that are about
/// to end. Without any, it costs a system call.
pub(super) fn others() -> Vec<(Leak, u64)> {
    let started = Instant::now();
    let mut pause = Duration::from_micros(20);
    loop {
        let (mut tids, _) = other_threads();
        tids.retain(|&tid| !exiting(tid));
        if tids.is_empty() {
            return Vec::new();
        }
        if started.elapsed() >= LINGER {
            return described(&tids);
        }
        sleep(pause);
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn described(tids: &[i32]) -> Vec<(Leak, u64)> {
    let mut suspects = Vec::new();
    for &tid in tids {
        suspects.push(Suspect {
            tid,
            record: record::select(&|record| record.tid() == tid).pop(),
        });
    }
    let beginning = Snapshot {
        tids: Vec::new(),
        count: None,
        first: 0,
        scope: 0,
    };
    let mut described = Vec::new();
    for (leak, suspect) in describe(&beginning, &suspects).into_iter().zip(&suspects) {
        described.push((leak, suspect.record.as_ref().map_or(0, Held::scope)));
    }
    described
}

/// Threads that run now and didn't at the snapshot. Waits up to [`LINGER`] for those that are about to end. Without any,
/// it costs a system call.
pub fn check(before: &Snapshot, scope: Scope, policy: Policy) -> Option<Leaks> {
    check_with(before, scope, policy, &|| ())
}

/// [`check`] that calls `lingering` before it waits, for whoever measures the test's time.
pub fn check_with(before: &Snapshot, scope: Scope, policy: Policy, lingering: &dyn Fn()) -> Option<Leaks> {
    if policy == Policy::Off {
        return None;
    }
    if scope == Scope::Process && is_alone() == Some(true) {
        return None;
    }
    let quiet = || match scope {
        Scope::Process => interpose::active() && Some(count()) == before.count,
        Scope::StartedHere => true,
    };
    if recorded(before, scope).is_empty() && quiet() {
        return None;
    }
    let started = Instant::now();
    let mut pause = Duration::from_micros(20);
    let mut is_told = false;
    loop {
        let counted = count();
        let mut suspects = suspects(before, scope);
        if suspects.is_empty() {
            return None;
        }
        if !is_told {
            lingering();
            is_told = true;
        }
        suspects.retain(|suspect| started.elapsed() >= suspect.limit());
        if !suspects.is_empty() {
            let leaks = describe(before, &suspects);
            return Some(Leaks { leaks, policy });
        }
        let listed = Instant::now();
        loop {
            let left = LINGER.saturating_sub(started.elapsed());
            sleep(if left.is_zero() { pause } else { pause.min(left) });
            // Those that don't end at once are listed less often than counted, which takes much less.
            let is_short = pause < PAUSE_MAX;
            pause = (pause * 2).min(PAUSE_MAX);
            if is_short || count() != counted || listed.elapsed() >= LISTED || started.elapsed() >= LINGER {
                break;
            }
        }
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
pub(super) fn recorded(before: &Snapshot, scope: Scope) -> Vec<Held> {
    let here = record::current().map(|record| record.id());
    record::select(&|record| {
        in_scope(record, before, scope) && !record.is(FINISHED) && !record.is(JOINED) && Some(record.id()) != here
    })
}

pub(super) fn in_scope(record: &Held, before: &Snapshot, scope: Scope) -> bool {
    match scope {
        Scope::Process => record.id() >= before.first && record.scope() < FIXTURES,
        Scope::StartedHere => record.scope() == before.scope,
    }
}

fn suspects(before: &Snapshot, scope: Scope) -> Vec<Suspect> {
    let mut suspects = Vec::new();
    for record in recorded(before, scope) {
        let tid = record.tid();
        if tid != 0 && !exists(tid) {
            record.vanished();
        } else {
            suspects.push(Suspect {
                tid,
                record: Some(record),
            });
        }
    }
    if scope == Scope::Process {
        let records = record::select(&|_| true);
        // SAFETY: has no preconditions.
        let here = unsafe { libc::gettid() };
        for tid in threads_of(std::process::id().cast_signed()) {
            let known = tid == here
                || before.tids.contains(&tid)
                || records.iter().any(|record| record.tid() == tid)
                || record::just_ended(tid)
                || exiting(tid);
            if !known {
                suspects.push(Suspect { tid, record: None });
            }
        }
    }
    suspects
}

fn describe(before: &Snapshot, suspects: &[Suspect]) -> Vec<Leak> {
    let mut tids = Vec::new();
    for suspect in suspects {
        tids.push(suspect.tid);
    }
    let samples = sample_here(&tids, Instant::now() + SAMPLE);
    // Of each thread where it is, and where it and those before it were started. All at once: the debug information is
    // read only one time.
    let mut stacks = Vec::new();
    let mut ends = Vec::new();
    for suspect in suspects {
        let sample = samples.iter().find(|sample| sample.tid == suspect.tid);
        stacks.push(sample.map_or_else(Vec::new, |sample| sample.addresses.clone()));
        if let Some(record) = &suspect.record {
            stacks.append(&mut record.starts(before.first));
        }
        ends.push(stacks.len());
    }
    let frames = symbolize(&stacks);
    let mut leaks = Vec::new();
    let mut next = 0;
    for (suspect, end) in suspects.iter().zip(ends) {
        let sample = samples.iter().find(|sample| sample.tid == suspect.tid);
        let inherited = suspect.record.as_ref().map(Held::inherited_name);
        let name = sample.map(|sample| sample.name.clone());
        leaks.push(Leak {
            name: if name == inherited { None } else { name },
            tid: suspect.tid,
            starts: users_own_of(&frames[next + 1..end]),
            now: telling(&frames[next]),
            state: sample.map_or_else(|| "starting".to_owned(), |sample| sample.state.clone()),
        });
        next = end;
    }
    leaks
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
