//! `pthread_create` and its kin, interposed: the program's own definitions come first for the dynamic linker, so Rust's
//! threads and those of C++ in shared libraries all pass here on their way to libc. A static libc can't be interposed;
//! threads then have no start sites.
//!
//! All of it works before `main`, without Rust's allocator, in the middle of a fork, and on small stacks.

use std::mem::transmute;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8};

static ACTIVE: AtomicBool = AtomicBool::new(false);

/// See [`before_threads`].
static BEFORE_THREADS: AtomicPtr<()> = AtomicPtr::new(null_mut());

static DETAIL: AtomicU8 = AtomicU8::new(Detail::Start as u8);

/// What is noted of a thread when it is started.
#[derive(Clone, Copy, Debug)]
pub enum Detail {
    /// All there is, with the stack that started it.
    Start,
    /// That it exists: for threads of which nobody will ask who started them.
    Existence,
    /// Nothing: for a process that looks for no leaks.
    Nothing,
}

/// Says what is noted of threads from now on; returns what was before.
pub fn note(detail: Detail) -> Detail {
    match DETAIL.swap(detail as u8, Relaxed) {
        0 => Detail::Start,
        1 => Detail::Existence,
        _ => Detail::Nothing,
    }
}

/// What to do before the program starts its next thread, until it returns `true`.
pub fn before_threads(prepare: fn() -> bool) {
    BEFORE_THREADS.store(prepare as *mut (), Relaxed);
}

/// Does what stands in [`BEFORE_THREADS`]. Taken out meanwhile, since it may start a thread itself.
#[cfg_attr(
    target_feature = "crt-static",
    allow(dead_code, reason = "nothing is interposed in a static libc")
)]
fn prepare() {
    if BEFORE_THREADS.load(Relaxed).is_null() {
        return;
    }
    let prepare = BEFORE_THREADS.swap(null_mut(), Relaxed);
    // SAFETY: of this type when it was stored.
    if let Some(prepare) = unsafe { transmute::<*mut (), Option<fn() -> bool>>(prepare) }
        && !prepare()
    {
        BEFORE_THREADS.store(prepare as *mut (), Relaxed);
    }
}

/// Whether the process really starts its threads through this module.
pub fn active() -> bool {
    ACTIVE.load(Relaxed)
}

#[cfg(not(target_feature = "crt-static"))]
#[allow(
    clippy::cast_possible_truncation,
    reason = "handles fit pointers; what comes back from pointers fitted before"
)]
mod symbols {
    use std::ffi::{CStr, c_int, c_void};
    use std::mem::transmute;
    use std::ptr::null_mut;
    use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
    use std::sync::atomic::{AtomicPtr, AtomicU32};

    use libc::{pthread_attr_t, pthread_t, timespec};

    use super::{ACTIVE, DETAIL, Detail};
    use crate::leaks::record::{self, DETACHED, FRAMES, JOINED};
    use crate::sys::unwind::backtrace;
    use crate::sys::{fork_handlers, interceptor};

    // All may be left by unwinding: `pthread_exit` and cancellation unwind through them.
    type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
    type Create = unsafe extern "C-unwind" fn(*mut pthread_t, *const pthread_attr_t, Routine, *mut c_void) -> c_int;
    type Join = unsafe extern "C-unwind" fn(pthread_t, *mut *mut c_void) -> c_int;
    type TimedJoin = unsafe extern "C-unwind" fn(pthread_t, *mut *mut c_void, *const timespec) -> c_int;
    type ClockJoin =
        unsafe extern "C-unwind" fn(pthread_t, *mut *mut c_void, libc::clockid_t, *const timespec) -> c_int;
    type Detach = unsafe extern "C-unwind" fn(pthread_t) -> c_int;

    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn pthread_create(
        thread: *mut pthread_t,
        attr: *const pthread_attr_t,
        routine: Routine,
        argument: *mut c_void,
    ) -> c_int {
        static REAL: Real = Real::new(c"pthread_create");
        super::prepare();
        let Some(real) = REAL.get() else { return libc::EAGAIN };
        // SAFETY: libc's function of this name has this signature.
        let real = unsafe { transmute::<*mut c_void, Create>(real) };
        let detail = DETAIL.load(Relaxed);
        let mut frames = [0; FRAMES];
        let frames_len = if detail == Detail::Start as u8 {
            backtrace(&mut frames)
        } else {
            0
        };
        let key = if detail == Detail::Nothing as u8 {
            None
        } else {
            end_key()
        };
        let record = key.and_then(|_| {
            record::claim(
                routine as usize,
                argument as usize,
                detached(attr),
                &frames[..frames_len],
            )
        });
        let Some(index) = record else {
            // SAFETY: the caller's own arguments.
            return unsafe { real(thread, attr, routine, argument) };
        };
        ACTIVE.store(true, Relaxed);
        // SAFETY: as above, with a routine that calls the caller's own.
        let result = unsafe { real(thread, attr, begin, index as usize as *mut c_void) };
        if result == 0 {
            // SAFETY: libc has just written it, and it stays the caller's until we return.
            record::created(index, unsafe { *thread } as usize);
        } else {
            record::abandon(index);
        }
        result
    }

    /// What each thread runs first. Has nothing to drop: `pthread_exit` unwinds it.
    unsafe extern "C-unwind" fn begin(index: *mut c_void) -> *mut c_void {
        let index = index as usize as u32;
        // SAFETY: have no preconditions.
        let (handle, tid) = unsafe { (libc::pthread_self(), libc::gettid()) };
        let (routine, argument) = record::begin(index, handle as usize, tid);
        if let Some(key) = end_key() {
            // SAFETY: the key exists; its destructor takes an index plus one.
            unsafe { libc::pthread_setspecific(key, (index as usize + 1) as *const c_void) };
        }
        // SAFETY: both were given together to `pthread_create`.
        unsafe { transmute::<usize, Routine>(routine)(argument as *mut c_void) }
    }

    /// Runs at the very end of a thread, after its thread-locals are gone, however it ends.
    unsafe extern "C" fn end(value: *mut c_void) {
        if let Some(index) = (value as usize).checked_sub(1) {
            record::end(index as u32);
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn pthread_join(thread: pthread_t, result: *mut *mut c_void) -> c_int {
        static REAL: Real = Real::new(c"pthread_join");
        joining(thread, &REAL, |real| {
            // SAFETY: libc's function of this name has this signature; the arguments are the caller's.
            unsafe { transmute::<*mut c_void, Join>(real)(thread, result) }
        })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn pthread_tryjoin_np(thread: pthread_t, result: *mut *mut c_void) -> c_int {
        static REAL: Real = Real::new(c"pthread_tryjoin_np");
        joining(thread, &REAL, |real| {
            // SAFETY: as in `pthread_join`.
            unsafe { transmute::<*mut c_void, Join>(real)(thread, result) }
        })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn pthread_timedjoin_np(
        thread: pthread_t,
        result: *mut *mut c_void,
        deadline: *const timespec,
    ) -> c_int {
        static REAL: Real = Real::new(c"pthread_timedjoin_np");
        joining(thread, &REAL, |real| {
            // SAFETY: as in `pthread_join`.
            unsafe { transmute::<*mut c_void, TimedJoin>(real)(thread, result, deadline) }
        })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn pthread_clockjoin_np(
        thread: pthread_t,
        result: *mut *mut c_void,
        clock: libc::clockid_t,
        deadline: *const timespec,
    ) -> c_int {
        static REAL: Real = Real::new(c"pthread_clockjoin_np");
        joining(thread, &REAL, |real| {
            // SAFETY: as in `pthread_join`.
            unsafe { transmute::<*mut c_void, ClockJoin>(real)(thread, result, clock, deadline) }
        })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn pthread_detach(thread: pthread_t) -> c_int {
        static REAL: Real = Real::new(c"pthread_detach");
        let Some(real) = REAL.get() else { return libc::ESRCH };
        // Before the real one, which may let the handle be reused at once.
        if let Some(index) = record::take(thread as usize) {
            record::mark(index, DETACHED);
        }
        // SAFETY: libc's function of this name has this signature; the argument is the caller's.
        unsafe { transmute::<*mut c_void, Detach>(real)(thread) }
    }

    fn joining(thread: pthread_t, real: &Real, join: impl FnOnce(*mut c_void) -> c_int) -> c_int {
        let Some(real) = real.get() else { return libc::ESRCH };
        // Before the real one: when it returns, the handle may already be another thread's.
        let index = record::take(thread as usize);
        let result = join(real);
        match index {
            Some(index) if result == 0 => record::mark(index, JOINED),
            Some(index) => record::put_back(index, thread as usize),
            None => {}
        }
        result
    }

    // Missing from the crate `libc`.
    unsafe extern "C" {
        fn pthread_attr_getdetachstate(attr: *const pthread_attr_t, state: *mut c_int) -> c_int;
    }

    fn detached(attr: *const pthread_attr_t) -> bool {
        let mut state = libc::PTHREAD_CREATE_JOINABLE;
        // SAFETY: a caller of `pthread_create` gives null or an initialised attribute object.
        !attr.is_null()
            && unsafe { pthread_attr_getdetachstate(attr, &raw mut state) } == 0
            && state == libc::PTHREAD_CREATE_DETACHED
    }

    /// The key whose destructor is [`end`]. No `Once`: a fork in the middle would leave it locked.
    fn end_key() -> Option<libc::pthread_key_t> {
        static KEY: AtomicU32 = AtomicU32::new(0);
        if let Some(key) = KEY.load(Acquire).checked_sub(1) {
            return Some(key);
        }
        let mut key = 0;
        // SAFETY: `end` fits the values that `begin` sets.
        if unsafe { libc::pthread_key_create(&raw mut key, Some(end)) } != 0 {
            return None;
        }
        match KEY.compare_exchange(0, key + 1, AcqRel, Acquire) {
            Ok(_) => {
                // SAFETY: the handler only uses atomics.
                unsafe { libc::pthread_atfork(None, None, Some(forked)) };
                Some(key)
            }
            Err(other) => {
                // SAFETY: made above, and used by nobody.
                unsafe { libc::pthread_key_delete(key) };
                Some(other - 1)
            }
        }
    }

    unsafe extern "C" fn forked() {
        // What is left untouched is shared with the parent, and needs no copy.
        if fork_handlers::alone() {
            return;
        }
        // SAFETY: has no preconditions.
        record::keep_only_current(unsafe { libc::gettid() });
    }

    /// A function behind ours of the same name.
    struct Real {
        name: &'static CStr,
        address: AtomicPtr<c_void>,
    }

    impl Real {
        const fn new(name: &'static CStr) -> Self {
            Self {
                name,
                address: AtomicPtr::new(null_mut()),
            }
        }

        fn get(&self) -> Option<*mut c_void> {
            let mut address = self.address.load(Acquire);
            if address.is_null() {
                address = interceptor::behind(self.name);
                self.address.store(address, Release);
            }
            (!address.is_null()).then_some(address)
        }
    }
}
