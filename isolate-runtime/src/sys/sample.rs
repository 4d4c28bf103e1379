//! Stacks of the threads of a process, taken by a signal.
//!
//! The signal is `SIGRTMIN + 13`. Its handler only walks its own stack into memory that was mapped beforehand, so
//! it may interrupt anything. What it interrupts goes on, except that calls which no handler lets restart (`nanosleep`,
//! `poll`, `epoll_wait`, …) return `EINTR` to code that doesn't expect it: sample a process only once its test has failed.
//! Handlers run on the thread's own stack, since the alternate ones that Rust gives its threads are too small to unwind.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::{size_of, zeroed};
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32};
use std::time::{Duration, Instant};

use super::shared;
pub use super::thread::{RawStack, threads_of};
use super::thread::{deaf, describe};
use super::unwind::{backtrace, walk};

/// Memory shared with a process that is forked later, into which that process's threads write their stacks when asked.
#[derive(Debug)]
pub struct SampleArea {
    shared: &'static Shared,
}

/// How long nothing may be heard before it is seen to whether the rest will answer at all.
const GLANCE: Duration = Duration::from_millis(20);

const SLOTS: usize = 256;
const FRAMES: usize = 96;

const FREE: u32 = 0;
const ASKED: u32 = 1;
const WRITING: u32 = 2;
const DONE: u32 = 3;

#[derive(Debug)]
struct Shared {
    /// The process that is in the midst of things, if it isn't the one that the area was made for.
    subject: AtomicI32,
    /// That process has done what it was there for.
    is_done: AtomicBool,
    /// Counts answers; waited on as a futex.
    answers: AtomicU32,
    slots: [Slot; SLOTS],
}

#[derive(Debug)]
struct Slot {
    /// `ASKED` → `WRITING` → `DONE` by the handler, the rest by who asks.
    state: AtomicU32,
    /// Tells a late answer to an earlier question from one to this.
    round: AtomicU32,
    len: AtomicU32,
    frames: UnsafeCell<[usize; FRAMES]>,
}

// SAFETY: `frames` belongs to the handler while `state` is `WRITING` and to who asked at any other time.
unsafe impl Sync for Shared {}

/// The areas to which this process answers.
static INSTALLED: [AtomicPtr<Shared>; 4] = [const { AtomicPtr::new(null_mut()) }; 4];

impl SampleArea {
    /// Maps the area. Do it before the fork. Fails when there is no memory.
    pub fn new() -> io::Result<Self> {
        let memory = shared::map(size_of::<Shared>())?;
        // SAFETY: mapped above and zeroed, which is a value of the type; unmapped only by `drop`.
        let shared = unsafe { &*memory.cast() };
        Ok(Self { shared })
    }

    /// Makes the calling process answer to [`sample`](Self::sample). Fails when it answers to four areas already.
    pub fn install_handler(&self) -> io::Result<()> {
        // The first backtrace of a process may load and allocate.
        backtrace(&mut [0; 4]);
        // SAFETY: zeroed is a valid `sigaction`.
        let mut action: libc::sigaction = unsafe { zeroed() };
        action.sa_sigaction = answer as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        // SAFETY: a complete action whose handler is safe in any state of the program.
        if unsafe { libc::sigaction(signal(), &raw const action, null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let here = self.address();
        if INSTALLED.iter().any(|slot| slot.load(Relaxed) == here) {
            return Ok(());
        }
        INSTALLED
            .iter()
            .find(|slot| slot.compare_exchange(null_mut(), here, AcqRel, Relaxed).is_ok())
            .map(|_| ())
            .ok_or_else(|| io::Error::other("four sample areas are in use already"))
    }

    /// The same area, for a process that answers there already, and another that asks.
    #[must_use]
    pub fn share(&self) -> Self {
        Self { shared: self.shared }
    }

    /// Says, to whoever shares the area, which process to look at: this one, or a fork of it, which answers like it.
    pub fn point_at(&self, pid: i32) {
        self.shared.subject.store(pid, Release);
    }

    /// Says that this process has done what it was there for. Cheaper than a message, for who waits for its end anyway.
    pub fn set_done(&self, is_done: bool) {
        self.shared.is_done.store(is_done, Release);
    }

    /// What [`set_done`](Self::set_done) said last.
    pub fn is_done(&self) -> bool {
        self.shared.is_done.load(Acquire)
    }

    /// What [`point_at`](Self::point_at) said last.
    pub fn subject(&self) -> Option<i32> {
        Some(self.shared.subject.load(Acquire)).filter(|&pid| pid != 0)
    }

    /// Stacks of the threads `tids` of the process `pid`, in that order. Threads that have gone are left out; those that
    /// don't answer by the deadline (stopped, or with all signals blocked) come without addresses.
    pub fn sample(&self, pid: i32, tids: &[i32], deadline: Instant) -> Vec<RawStack> {
        // What a thread does is read before it is disturbed.
        let mut stacks: Vec<_> = tids.iter().filter_map(|&tid| describe(pid, tid)).collect();
        for batch in stacks.chunks_mut(SLOTS) {
            self.sample_batch(pid, batch, deadline);
        }
        stacks
    }

    fn sample_batch(&self, pid: i32, stacks: &mut [RawStack], deadline: Instant) {
        let mut asked = Vec::new();
        // A slot in which a late handler still writes is left alone.
        let mut free = self
            .shared
            .slots
            .iter()
            .filter(|slot| slot.state.load(Acquire) != WRITING);
        for stack in stacks {
            let Some(slot) = free.next() else { break };
            let round = slot.round.load(Relaxed).wrapping_add(1);
            slot.round.store(round, Relaxed);
            slot.state.store(ASKED, Release);
            if send(pid, stack.tid, slot) {
                asked.push((slot, stack));
            } else {
                slot.state.store(FREE, Release);
            }
        }
        let mut last_answers = None;
        loop {
            let answers = self.shared.answers.load(Acquire);
            asked.retain_mut(|(slot, stack)| match slot.state.load(Acquire) {
                DONE => {
                    let len = slot.len.load(Relaxed) as usize;
                    // SAFETY: `DONE`, so no handler writes any more.
                    stack.addresses = unsafe { (&*slot.frames.get())[..len.min(FRAMES)].to_vec() };
                    slot.state.store(FREE, Release);
                    false
                }
                _ => true,
            });
            let left = deadline.saturating_duration_since(Instant::now());
            let hopeless = |(slot, stack): &(&Slot, &mut RawStack)| {
                slot.state.load(Acquire) == ASKED && deaf(pid, stack.tid, signal())
            };
            if asked.is_empty() || left.is_zero() || (last_answers == Some(answers) && asked.iter().all(hopeless)) {
                break;
            }
            last_answers = Some(answers);
            wait(&self.shared.answers, answers, left.min(GLANCE));
        }
        for (slot, _) in asked {
            // Fails for one that is being written, whose handler will set `DONE`, which counts as free.
            let _ = slot.state.compare_exchange(ASKED, FREE, AcqRel, Relaxed);
        }
    }

    fn address(&self) -> *mut Shared {
        std::ptr::from_ref(self.shared).cast_mut()
    }
}

impl Drop for SampleArea {
    fn drop(&mut self) {
        let installed = INSTALLED.iter().any(|slot| {
            slot.compare_exchange(self.address(), null_mut(), AcqRel, Relaxed)
                .is_ok()
        });
        // A handler of this process may still be about to write: then the memory stays.
        if !installed {
            // SAFETY: mapped in `new`; nobody in this process got a reference that outlives `self`.
            unsafe { libc::munmap(self.address().cast(), size_of::<Shared>()) };
        }
    }
}

/// The stacks of threads of the calling process, without a prepared area.
pub(crate) fn sample_here(tids: &[i32], deadline: Instant) -> Vec<RawStack> {
    let pid = std::process::id().cast_signed();
    let described = || tids.iter().filter_map(|&tid| describe(pid, tid)).collect();
    let Ok(area) = SampleArea::new() else {
        return described();
    };
    match area.install_handler() {
        Ok(()) => area.sample(pid, tids, deadline),
        Err(_) => described(),
    }
}

fn signal() -> c_int {
    libc::SIGRTMIN() + 13
}

/// As the kernel lays out the part of `siginfo_t` that a queued signal carries.
#[repr(C)]
struct Queued {
    signo: c_int,
    errno: c_int,
    code: c_int,
    _pad: c_int,
    pid: libc::pid_t,
    uid: libc::uid_t,
    value: *mut c_void,
    round: [u32; 24],
}

fn send(pid: i32, tid: i32, slot: &Slot) -> bool {
    let info = Queued {
        signo: signal(),
        errno: slot.round.load(Relaxed).cast_signed(),
        code: libc::SI_QUEUE,
        _pad: 0,
        // SAFETY: has no preconditions.
        pid: unsafe { libc::getpid() },
        // SAFETY: has no preconditions.
        uid: unsafe { libc::getuid() },
        value: std::ptr::from_ref(slot).cast_mut().cast(),
        round: [0; 24],
    };
    // SAFETY: `info` has the size and the layout of a `siginfo_t`.
    unsafe { libc::syscall(libc::SYS_rt_tgsigqueueinfo, pid, tid, signal(), &raw const info) == 0 }
}

/// The handler. Makes no call but those of the unwinder and of a futex, and keeps `errno`.
extern "C" fn answer(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives a complete `siginfo_t`; the fields are those of a queued signal, and whatever they hold
    // for another is only compared.
    let (address, round) = unsafe {
        (
            (*info.cast::<Queued>()).value as usize,
            (*info).si_errno.cast_unsigned(),
        )
    };
    let Some((shared, slot)) = find(address) else { return };
    if slot.round.load(Acquire) != round || slot.state.compare_exchange(ASKED, WRITING, AcqRel, Relaxed).is_err() {
        return;
    }
    // SAFETY: the location is the thread's own.
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: `WRITING`, so the frames are ours.
    let frames = unsafe { &mut *slot.frames.get() };
    let len = interrupted(frames, program_counter(context));
    slot.len.store(u32::try_from(len).unwrap_or(0), Relaxed);
    slot.state.store(DONE, Release);
    shared.answers.fetch_add(1, Release);
    // SAFETY: the word is there as long as the area is; the location is the thread's own.
    unsafe {
        libc::syscall(libc::SYS_futex, &raw const shared.answers, libc::FUTEX_WAKE, c_int::MAX);
        *libc::__errno_location() = errno;
    }
}

/// The slot at this address, if it is one of an installed area.
fn find(address: usize) -> Option<(&'static Shared, &'static Slot)> {
    INSTALLED.iter().find_map(|installed| {
        let shared = installed.load(Acquire);
        // SAFETY: an area that was installed is never unmapped in this process.
        let shared: &'static Shared = unsafe { shared.as_ref()? };
        let offset = address.checked_sub(shared.slots.as_ptr() as usize)?;
        let slot = shared.slots.get(offset / size_of::<Slot>())?;
        (offset % size_of::<Slot>() == 0).then_some((shared, slot))
    })
}

/// Return addresses from the interrupted function outwards, without the handler's own.
fn interrupted(into: &mut [usize; FRAMES], program_counter: usize) -> usize {
    let mut len = 0;
    walk(|frame| {
        let address = frame.address();
        match into.get_mut(len) {
            Some(slot) if len > 0 => *slot = address,
            // Readers subtract one, as from any return address; this one is exact.
            Some(slot) if address == program_counter => *slot = address + 1,
            Some(_) => return true,
            None => return false,
        }
        len += 1;
        true
    });
    if len == 0 {
        into[0] = program_counter + 1;
        len = 1;
    }
    len
}

fn program_counter(context: *mut c_void) -> usize {
    // SAFETY: the third argument of a handler with `SA_SIGINFO` is a `ucontext_t`.
    let machine = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    let address = machine.gregs[libc::REG_RIP as usize].cast_unsigned();
    #[cfg(target_arch = "aarch64")]
    let address = machine.pc;
    usize::try_from(address).unwrap_or(0)
}

/// Waits until `word` isn't `value`, for at most `limit`. May return early.
fn wait(word: &AtomicU32, value: u32, limit: Duration) {
    let limit = libc::timespec {
        tv_sec: limit.as_secs().try_into().unwrap_or_default(),
        tv_nsec: libc::c_long::from(limit.subsec_nanos().cast_signed()),
    };
    // SAFETY: both pointers are good for the call. Not a private futex: another process wakes us.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            std::ptr::from_ref(word),
            libc::FUTEX_WAIT,
            value,
            &raw const limit,
        )
    };
}
