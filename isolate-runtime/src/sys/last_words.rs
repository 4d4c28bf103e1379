//! Where a process was when a signal ended it: written by a handler into memory that is shared with the process that waits
//! for its end.

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::io;
use std::mem::{size_of, zeroed};
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU32};

use super::{shared, unwind::backtrace};

const FRAMES: usize = 96;

const EMPTY: u32 = 0;
const WRITING: u32 = 1;
const DONE: u32 = 2;

/// Memory shared with the processes that are forked later.
#[derive(Debug)]
pub struct LastWords(&'static Shared);

#[derive(Debug)]
struct Shared {
    state: AtomicU32,
    len: AtomicU32,
    frames: UnsafeCell<[usize; FRAMES]>,
}

// SAFETY: `frames` belongs to the one handler that set `WRITING`, and to who reads once it is `DONE`.
unsafe impl Sync for Shared {}

/// Where the handler of this process writes.
static AREA: AtomicPtr<Shared> = AtomicPtr::new(null_mut());

impl LastWords {
    /// Maps the memory, for good. Do it before the fork.
    pub fn new() -> io::Result<Self> {
        let memory = shared::map(size_of::<Shared>())?;
        // SAFETY: mapped above and zeroed, which is a value of the type; never unmapped.
        Ok(Self(unsafe { &*memory.cast() }))
    }

    /// From now on, these signals leave a stack here before they end this process.
    pub fn install(&self, signals: &[c_int]) {
        // The first backtrace of a process may load and allocate.
        backtrace(&mut [0; 4]);
        AREA.store(std::ptr::from_ref(self.0).cast_mut(), Release);
        for &signal in signals {
            // SAFETY: zeroed is a valid `sigaction`, and the handler is safe in any state of the program.
            unsafe {
                let mut action: libc::sigaction = zeroed();
                action.sa_sigaction = speak as *const () as usize;
                action.sa_flags = libc::SA_RESETHAND;
                libc::sigaction(signal, &raw const action, null_mut());
            }
        }
    }

    /// The stack that a process left which has ended, innermost call first.
    pub fn take(&self) -> Option<Vec<usize>> {
        let shared = self.0;
        let said = shared.state.swap(EMPTY, AcqRel) == DONE;
        let len = shared.len.load(Relaxed) as usize;
        // SAFETY: whoever could write has ended.
        said.then(|| unsafe { (&*shared.frames.get())[..len.min(FRAMES)].to_vec() })
    }
}

/// The handler: writes once, and lets the signal do what it does.
extern "C" fn speak(signal: c_int) {
    // SAFETY: null, or memory that is never unmapped.
    let shared = unsafe { AREA.load(Acquire).as_ref() };
    if let Some(shared) = shared
        && !on_alternate_stack()
        && shared.state.compare_exchange(EMPTY, WRITING, AcqRel, Relaxed).is_ok()
    {
        // SAFETY: this handler has set `WRITING`.
        let len = backtrace(unsafe { &mut *shared.frames.get() });
        shared.len.store(u32::try_from(len).unwrap_or(0), Relaxed);
        shared.state.store(DONE, Release);
    }
    // SAFETY: the action is the default one again, which comes when this handler returns.
    unsafe { libc::raise(signal) };
}

/// Those are too small to unwind on.
fn on_alternate_stack() -> bool {
    // SAFETY: all zeros is a value of this plain C struct, in which the kernel writes.
    unsafe {
        let mut stack: libc::stack_t = zeroed();
        libc::sigaltstack(std::ptr::null(), &raw mut stack) == 0 && stack.ss_flags & libc::SS_ONSTACK != 0
    }
}
