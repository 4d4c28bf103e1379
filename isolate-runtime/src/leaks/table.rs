//! The memory of records. It takes no lock and allocates nothing: chunks that are never unmapped; free records form a
//! Treiber stack with a tag against reuse.

use std::mem::size_of;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use super::record::Record;

const CHUNK: usize = 64;
const CHUNKS: usize = 1024;

struct Chunk {
    /// Apart from the records, so that a search for a handle reads little memory.
    handles: [AtomicUsize; CHUNK],
    records: [Record; CHUNK],
}

static TABLE: [AtomicPtr<Chunk>; CHUNKS] = [const { AtomicPtr::new(null_mut()) }; CHUNKS];
/// Records ever used.
static USED_LEN: AtomicU32 = AtomicU32::new(0);
/// Tag in the upper half, index plus one of the first free record in the lower.
static FREE: AtomicU64 = AtomicU64::new(0);

/// The records that were ever used.
pub(super) fn indices() -> impl Iterator<Item = u32> {
    // A fresh record is counted before its chunk is mapped.
    (0..USED_LEN.load(Acquire)).filter(|&index| !chunk(index).is_null())
}

/// A record.
pub(super) fn at(index: u32) -> &'static Record {
    // SAFETY: indices come from `fresh`, which mapped their chunk; chunks are never unmapped, and are all atomics.
    unsafe { &(*chunk(index)).records[index as usize % CHUNK] }
}

/// The handle of a record's thread.
pub(super) fn handle_at(index: u32) -> &'static AtomicUsize {
    // SAFETY: as in `at`.
    unsafe { &(*chunk(index)).handles[index as usize % CHUNK] }
}

/// A record that was never used; `None` when there is no room.
pub(super) fn fresh() -> Option<u32> {
    let index = USED_LEN
        .fetch_update(AcqRel, Acquire, |len| {
            ((len as usize) < CHUNK * CHUNKS).then_some(len + 1)
        })
        .ok()?;
    let slot = &TABLE[index as usize / CHUNK];
    if slot.load(Acquire).is_null() {
        // SAFETY: a private anonymous mapping at an address of the kernel's choice disturbs nothing.
        let memory = unsafe {
            libc::mmap(
                null_mut(),
                size_of::<Chunk>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return None;
        }
        // Zeroed memory is a chunk of free records.
        if slot
            .compare_exchange(null_mut(), memory.cast(), AcqRel, Acquire)
            .is_err()
        {
            // SAFETY: mapped above, and seen by nobody.
            unsafe { libc::munmap(memory, size_of::<Chunk>()) };
        }
    }
    Some(index)
}

/// A record that is used no more.
pub(super) fn pop_free() -> Option<u32> {
    let mut head = FREE.load(Acquire);
    loop {
        let index = lower(head).checked_sub(1)?;
        let next = at(index).next_free.load(Relaxed);
        match FREE.compare_exchange_weak(head, tagged(head, next), AcqRel, Acquire) {
            Ok(_) => return Some(index),
            Err(now) => head = now,
        }
    }
}

/// Gives a record back.
pub(super) fn push_free(index: u32) {
    let mut head = FREE.load(Acquire);
    loop {
        at(index).next_free.store(lower(head), Relaxed);
        match FREE.compare_exchange_weak(head, tagged(head, index + 1), AcqRel, Acquire) {
            Ok(_) => return,
            Err(now) => head = now,
        }
    }
}

/// Forgets which records are free, in the child of a fork.
pub(super) fn forget_free() {
    FREE.store(0, Relaxed);
}

fn chunk(index: u32) -> *mut Chunk {
    TABLE
        .get(index as usize / CHUNK)
        .map_or(null_mut(), |slot| slot.load(Acquire))
}

fn tagged(head: u64, index: u32) -> u64 {
    ((head >> 32).wrapping_add(1) << 32) | u64::from(index)
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn lower(head: u64) -> u32 {
    head as u32
}
