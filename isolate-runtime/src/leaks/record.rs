//! One record per thread that the interposed `pthread_create` started, from its creation until it has ended and been
//! joined or detached.
//!
//! A thread may be started by an allocator, by a signal handler's victim, or in the middle of a `fork`: nothing here takes
//! a lock or allocates. All transitions of a record are single atomic operations on `state`, and whoever makes it
//! releasable releases it.

use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use super::held::Held;
use super::table::{at, forget_free, fresh, handle_at, indices, pop_free, push_free};

/// The return addresses that are kept of a thread's start.
pub(crate) const FRAMES: usize = 64;

/// Scopes from here on belong to no test: this one to nobody, each of the others to a fixture.
pub(crate) const FIXTURES: u64 = 1 << 63;

pub(crate) const CREATED: u32 = 1 << 1;
pub(crate) const FINISHED: u32 = 1 << 2;
pub(crate) const JOINED: u32 = 1 << 3;
pub(crate) const DETACHED: u32 = 1 << 4;
pub(crate) const PANICKED: u32 = 1 << 5;
pub(super) const USED: u32 = 1;
pub(super) const REF: u32 = 1 << 8;

/// Ancestors that a record keeps alive. Without a bound, a thread that starts its successor and ends, for ever, would
/// pile them up.
const DEPTH: u32 = 8;

/// Handle of a record whose thread is being joined: not found by another thread with the same, reused, handle.
const TAKEN: usize = 1;

/// What is known of one thread.
pub(crate) struct Record {
    pub(super) state: AtomicU32,
    pub(super) tid: AtomicI32,
    pub(super) id: AtomicU64,
    pub(super) scope: AtomicU64,
    /// Index plus one of the record of the thread that started this one; holds a reference to it.
    pub(super) parent: AtomicU32,
    depth: AtomicU32,
    pub(super) next_free: AtomicU32,
    pub(super) frames_len: AtomicU32,
    /// The name of the thread that started this one, which is also its own until it gets another.
    pub(super) starter: [AtomicU64; 2],
    routine: AtomicUsize,
    argument: AtomicUsize,
    pub(super) panic: AtomicPtr<Panic>,
    pub(super) frames: [AtomicUsize; FRAMES],
}

/// What a thread panicked with.
pub(crate) struct Panic {
    pub message: String,
    pub location: String,
    pub thread: Option<String>,
    /// `catch_unwind`s on the stack, of which the outermost is as a rule std's, which ends the thread.
    pub catches: usize,
    /// The stack from what was going to catch the panic outwards.
    pub catching: Vec<usize>,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
static NEXT_SCOPE: AtomicU64 = AtomicU64::new(1);

/// Kernel ids of detached threads whose record is gone but that may still be on their last few instructions.
static ENDED: [AtomicI32; 64] = [const { AtomicI32::new(0) }; 64];
static ENDED_NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Index plus one of this thread's record.
    static CURRENT: Cell<u32> = const { Cell::new(0) };
    /// What threads started by this one belong to.
    static SCOPE: Cell<u64> = const { Cell::new(0) };
}

/// Claims a record for a thread that the current one is about to start. `None` when there is no room: the thread goes
/// unrecorded.
pub(crate) fn claim(routine: usize, argument: usize, detached: bool, frames: &[usize]) -> Option<u32> {
    let index = pop_free().or_else(fresh)?;
    let record = at(index);
    record.scope.store(SCOPE.get(), Relaxed);
    record.routine.store(routine, Relaxed);
    record.argument.store(argument, Relaxed);
    record.tid.store(0, Relaxed);
    let [first, second] = own_name();
    record.starter[0].store(first, Relaxed);
    record.starter[1].store(second, Relaxed);
    for (slot, frame) in record.frames.iter().zip(frames) {
        slot.store(*frame, Relaxed);
    }
    record
        .frames_len
        .store(u32::try_from(frames.len().min(FRAMES)).unwrap_or(0), Relaxed);
    // The current thread's own record can't go away while it runs, so taking a reference needs no check.
    let parent = CURRENT.get();
    let depth = if parent == 0 {
        0
    } else {
        at(parent - 1).depth.load(Relaxed) + 1
    };
    if parent != 0 && depth < DEPTH {
        at(parent - 1).state.fetch_add(REF, AcqRel);
        record.parent.store(parent, Relaxed);
        record.depth.store(depth, Relaxed);
    } else {
        record.parent.store(0, Relaxed);
        record.depth.store(0, Relaxed);
    }
    record.id.store(NEXT_ID.fetch_add(1, Relaxed), Release);
    record.state.store(USED | if detached { DETACHED } else { 0 }, Release);
    Some(index)
}

/// Tells that the thread of the record exists, and its handle.
pub(crate) fn created(index: u32, handle: usize) {
    // The thread may have stored its handle, and been joined, before us.
    let _ = handle_at(index).compare_exchange(0, handle, AcqRel, Relaxed);
    mark(index, CREATED);
}

/// Gives a record back whose thread couldn't be started.
pub(crate) fn abandon(index: u32) {
    mark(index, CREATED | FINISHED | JOINED);
}

/// Ties the calling thread to its record. Returns the routine to run and its argument.
pub(crate) fn begin(index: u32, handle: usize, tid: i32) -> (usize, usize) {
    let record = at(index);
    for ended in &ENDED {
        let _ = ended.compare_exchange(tid, 0, Relaxed, Relaxed);
    }
    record.tid.store(tid, Release);
    let _ = handle_at(index).compare_exchange(0, handle, AcqRel, Relaxed);
    CURRENT.set(index + 1);
    SCOPE.set(record.scope.load(Relaxed));
    (record.routine.load(Relaxed), record.argument.load(Relaxed))
}

/// Tells that the calling thread runs nothing any more.
pub(crate) fn end(index: u32) {
    CURRENT.set(0);
    let tid = at(index).tid.load(Relaxed);
    ENDED[ENDED_NEXT.fetch_add(1, Relaxed) % ENDED.len()].store(tid, Relaxed);
    mark(index, FINISHED);
}

/// Sets flags; releases the record if that was what it waited for.
pub(crate) fn mark(index: u32, flags: u32) {
    let old = at(index).state.fetch_or(flags, AcqRel);
    if !releasable(old) && releasable(old | flags) {
        release(index);
    }
}

/// The record of a thread that is about to be joined or detached. No one finds it by its handle afterwards.
pub(crate) fn take(handle: usize) -> Option<u32> {
    indices().find(|&index| {
        let slot = handle_at(index);
        slot.load(Relaxed) == handle && slot.compare_exchange(handle, TAKEN, AcqRel, Relaxed).is_ok()
    })
}

/// Undoes [`take`], because the thread wasn't joined.
pub(crate) fn put_back(index: u32, handle: usize) {
    handle_at(index).store(handle, Release);
}

/// The id that the next thread will get, to tell later threads from earlier ones.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.load(Acquire)
}

/// Opens a new scope: threads started by the current thread belong to it, and those that they start.
pub(crate) fn open_scope() -> u64 {
    let scope = NEXT_SCOPE.fetch_add(1, Relaxed);
    SCOPE.set(scope);
    scope
}

/// What threads belong to that the current thread starts.
pub(crate) fn scope() -> u64 {
    SCOPE.get()
}

/// Runs `f` with the current thread's scope changed.
pub(crate) fn with_scope<T>(scope: u64, f: impl FnOnce() -> T) -> T {
    struct Restore(u64);
    impl Drop for Restore {
        fn drop(&mut self) {
            SCOPE.set(self.0);
        }
    }
    let _restore = Restore(SCOPE.replace(scope));
    f()
}

/// Whether a thread of this kernel id, without a record, ended a moment ago.
pub(crate) fn just_ended(tid: i32) -> bool {
    ENDED.iter().any(|ended| ended.load(Relaxed) == tid)
}

/// Remembers what the current thread panicked with. Only the last panic of a thread is kept.
pub(crate) fn panicked(panic: Panic) {
    let current = CURRENT.get();
    if current == 0 {
        return;
    }
    let record = at(current - 1);
    // Readers hold no reference while the thread runs: they look at panics of ended threads only.
    let old = record.panic.swap(Box::into_raw(Box::new(panic)), AcqRel);
    if !old.is_null() {
        // SAFETY: came from `Box::into_raw` above, and was swapped out by this thread, its only writer.
        drop(unsafe { Box::from_raw(old) });
    }
    mark(current - 1, PANICKED);
}

/// The records in use that are wanted, in the order in which their threads were started.
pub(crate) fn select(wanted: &dyn Fn(&Held) -> bool) -> Vec<Held> {
    let mut selected: Vec<Held> = Vec::new();
    for index in indices() {
        if let Some(record) = Held::of(index)
            && wanted(&record)
        {
            let place = selected.partition_point(|other| other.id() < record.id());
            selected.insert(place, record);
        }
    }
    selected
}

/// The current thread's record.
pub(crate) fn current() -> Option<Held> {
    Held::of(CURRENT.get().checked_sub(1)?)
}

/// Leaves only the calling thread's record, in the child of a fork. Other threads may have been anywhere, so nothing
/// of theirs is trusted.
pub(crate) fn keep_only_current(tid: i32) {
    let current = CURRENT.get();
    forget_free();
    for index in indices() {
        let record = at(index);
        record.parent.store(0, Relaxed);
        record.depth.store(0, Relaxed);
        if index + 1 == current {
            record.tid.store(tid, Relaxed);
            let flags = record.state.load(Relaxed) & (REF - 1);
            record.state.store(flags, Relaxed);
        } else {
            // Not freed: the allocator isn't to be called here.
            record.panic.store(null_mut(), Relaxed);
            record.id.store(0, Relaxed);
            record.state.store(0, Relaxed);
            handle_at(index).store(0, Relaxed);
            push_free(index);
        }
    }
}

fn own_name() -> [u64; 2] {
    let mut name = [0; 2];
    // SAFETY: the call writes at most 16 bytes.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name
}

/// Whether nobody needs a record in this state.
pub(super) fn releasable(state: u32) -> bool {
    let ended = USED | CREATED | FINISHED;
    state / REF == 0
        && state & ended == ended
        && (state & JOINED != 0 || (state & DETACHED != 0 && state & PANICKED == 0))
}

/// Lets go of a reference.
pub(super) fn drop_ref(index: u32) {
    let old = at(index).state.fetch_sub(REF, AcqRel);
    if releasable(old - REF) {
        release(index);
    }
}

fn release(index: u32) {
    let record = at(index);
    record.id.store(0, Release);
    handle_at(index).store(0, Release);
    let panic = record.panic.swap(null_mut(), AcqRel);
    if !panic.is_null() {
        // SAFETY: came from `Box::into_raw` in `panicked`; the thread has ended and nobody holds the record.
        drop(unsafe { Box::from_raw(panic) });
    }
    let parent = record.parent.swap(0, Relaxed);
    record.state.store(0, Release);
    push_free(index);
    if let Some(parent) = parent.checked_sub(1) {
        drop_ref(parent);
    }
}
