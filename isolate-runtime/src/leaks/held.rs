//! A record that somebody looks at.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use super::record::{DETACHED, FINISHED, PANICKED, Panic, REF, USED, drop_ref, releasable};
use super::table::at;

/// A record that stays while this value lives.
pub(crate) struct Held {
    index: u32,
}

impl Held {
    pub(super) fn of(index: u32) -> Option<Self> {
        let state = &at(index).state;
        let mut seen = state.load(Acquire);
        loop {
            if seen & USED == 0 || releasable(seen) {
                return None;
            }
            match state.compare_exchange_weak(seen, seen + REF, AcqRel, Acquire) {
                Ok(_) => return Some(Self { index }),
                Err(now) => seen = now,
            }
        }
    }

    pub fn id(&self) -> u64 {
        at(self.index).id.load(Acquire)
    }

    pub fn scope(&self) -> u64 {
        at(self.index).scope.load(Relaxed)
    }

    /// Zero before the thread's first instruction.
    pub fn tid(&self) -> i32 {
        at(self.index).tid.load(Acquire)
    }

    pub fn is(&self, flag: u32) -> bool {
        at(self.index).state.load(Acquire) & flag != 0
    }

    fn parent(&self) -> Option<Held> {
        Held::of(at(self.index).parent.load(Relaxed).checked_sub(1)?)
    }

    /// The name that the thread has if nobody gave it one.
    pub fn inherited_name(&self) -> String {
        let [first, second] = &at(self.index).starter;
        let mut bytes = first.load(Relaxed).to_ne_bytes().to_vec();
        bytes.extend_from_slice(&second.load(Relaxed).to_ne_bytes());
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    }

    /// Where the thread was started, then where the one that started it was, and so on, up to those with a lower id than
    /// `first`: return addresses, innermost first.
    pub fn starts(&self, first: u64) -> Vec<Vec<usize>> {
        let mut starts = vec![self.frames()];
        let mut parent = self.parent();
        while let Some(starter) = parent
            && starter.id() >= first
        {
            starts.push(starter.frames());
            parent = starter.parent();
        }
        starts
    }

    fn frames(&self) -> Vec<usize> {
        let record = at(self.index);
        let len = record.frames_len.load(Relaxed) as usize;
        record.frames[..len].iter().map(|frame| frame.load(Relaxed)).collect()
    }

    /// What an ended thread panicked with.
    pub fn panic(&self) -> Option<&Panic> {
        if !self.is(FINISHED) {
            return None;
        }
        let panic = at(self.index).panic.load(Acquire);
        // SAFETY: written by the thread itself, which has ended; freed at the release, which our reference prevents.
        unsafe { panic.as_ref() }
    }

    /// The panic has been told; nothing more waits for it.
    pub fn forget_panic(&self) {
        at(self.index).state.fetch_and(!PANICKED, AcqRel);
    }

    /// The thread is gone although it never came to its end, as after a bare `exit` system call.
    pub fn vanished(&self) {
        at(self.index).state.fetch_or(FINISHED | DETACHED, AcqRel);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop_ref(self.index);
    }
}
