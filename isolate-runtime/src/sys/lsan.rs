//! Lost memory, in builds with `-Zsanitizer=leak` or `address`: LeakSanitizer looks for what was allocated and is referred to
//! from nowhere. Of itself it does so when a process ends, and can't say which test it was.
//!
//! The functions are LeakSanitizer's own, which are in the program only in such builds.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::arch::asm;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::{null_mut, without_provenance};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::{fs, mem};

// Weak symbols, as in `coverage`.
core::arch::global_asm!(
    ".weak __asan_get_current_fake_stack",
    ".weak __lsan_do_recoverable_leak_check",
    ".weak __lsan_ignore_object",
    ".weak __lsan_register_root_region",
    ".weak __lsan_unregister_root_region",
    ".pushsection .data.rel.ro.isolate_lsan, \"aw\"",
    ".balign 8",
    ".globl __isolate_lsan",
    ".hidden __isolate_lsan",
    "__isolate_lsan:",
    ".quad __asan_get_current_fake_stack",
    ".quad __lsan_do_recoverable_leak_check",
    ".quad __lsan_ignore_object",
    ".quad __lsan_register_root_region",
    ".quad __lsan_unregister_root_region",
    ".popsection",
);

/// As above, in this order.
#[repr(C)]
struct Functions {
    get_current_fake_stack: Option<unsafe extern "C" fn() -> *const c_void>,
    do_recoverable_leak_check: Option<unsafe extern "C" fn() -> c_int>,
    ignore_object: Option<unsafe extern "C" fn(*const c_void)>,
    register_root_region: Option<unsafe extern "C" fn(*const c_void, usize)>,
    unregister_root_region: Option<unsafe extern "C" fn(*const c_void, usize)>,
}

unsafe extern "C" {
    static __isolate_lsan: Functions;
}

/// Where the main thread has its thread-locals.
static LOCALS_OF_MAIN: AtomicUsize = AtomicUsize::new(0);

/// Whether any leak was found in this process.
static FOUND: AtomicBool = AtomicBool::new(false);

thread_local! {
    static LOCAL: Cell<u8> = const { Cell::new(0) };
}

/// For the main thread, at load.
pub fn note_main_thread() {
    if functions().register_root_region.is_some() {
        LOCALS_OF_MAIN.store(LOCAL.with(|local| (&raw const *local).addr()), Relaxed);
    }
}

/// From now on, what the main thread refers to counts as referred to in forks, too, which don't have that thread.
pub fn keep_main_thread() {
    let Some(register) = functions().register_root_region else {
        return;
    };
    let maps = maps();
    let locals = LOCALS_OF_MAIN.load(Relaxed);
    let stack = maps.lines().find(|line| line.ends_with("[stack]")).and_then(range);
    // The rest of its mapping belongs to others, which happen to be beside it.
    let locals =
        mapping(&maps, locals).map(|(start, end)| (start.max(locals - LOCALS_MAX), end.min(locals + LOCALS_MAX)));
    for (start, end) in stack.into_iter().chain(locals) {
        // SAFETY: LeakSanitizer's own function. It reads what is mapped there at the time.
        unsafe { register(without_provenance(start), end - start) };
    }
}

/// No program has more than so many bytes of thread-locals.
const LOCALS_MAX: usize = 1 << 20;

/// Whether memory is lost, on which LeakSanitizer then reports to stderr. `false` in builds without it, and where its options
/// say that it shall not look (`detect_leaks=0`).
#[inline(never)]
pub fn finds_leaks() -> bool {
    let Functions {
        do_recoverable_leak_check: Some(check),
        register_root_region: Some(register),
        unregister_root_region: Some(unregister),
        ..
    } = *functions()
    else {
        return false;
    };
    let regions = own_regions();
    // SAFETY: LeakSanitizer's own functions. The regions are mapped, and taken back as they were given.
    let found = unsafe {
        for (start, length) in &regions {
            register(without_provenance(*start), *length);
        }
        let found = check() != 0;
        for (start, length) in &regions {
            unregister(without_provenance(*start), *length);
        }
        found
    };
    FOUND.fetch_or(found, Relaxed);
    found
}

/// What this thread refers to at the moment counts as referred to when the process ends.
pub fn keep_this_thread() {
    if let Some(register) = functions().register_root_region {
        for (start, length) in own_regions() {
            // SAFETY: LeakSanitizer's own function. The region stays mapped until then.
            unsafe { register(without_provenance(start), length) };
        }
    }
}

/// Whether [`finds_leaks`] has found any in this process.
pub fn has_found() -> bool {
    FOUND.load(Relaxed)
}

/// It is meant that nobody refers to what was allocated at this address.
pub fn ignore<T: ?Sized>(object: *const T) {
    if let Some(ignore_object) = functions().ignore_object {
        // SAFETY: LeakSanitizer's own function, which knows what is allocated.
        unsafe { ignore_object(object.cast()) };
    }
}

fn functions() -> &'static Functions {
    // SAFETY: defined above, never written.
    unsafe { &__isolate_lsan }
}

/// Where this thread has its variables. LeakSanitizer knows threads by the ids that they had before a fork, so it wouldn't look
/// there.
fn own_regions() -> Vec<(usize, usize)> {
    // AddressSanitizer has some of them elsewhere, to find those that are used after their function has returned.
    // SAFETY: its own function, which only looks.
    let fake = functions().get_current_fake_stack.map(|get| unsafe { get() }.addr());
    let fake = fake.and_then(|fake| mapping(&maps(), fake));
    let mut regions: Vec<_> = stack().into_iter().collect();
    regions.extend(fake.map(|(start, end)| (start, end - start)));
    regions
}

/// The part of this thread's stack that is in use, as address and length.
fn stack() -> Option<(usize, usize)> {
    /// Into which functions that are called from here save registers.
    const BELOW: usize = 256;
    let pointer: usize;
    // With AddressSanitizer the address of a variable is elsewhere.
    // SAFETY: copies a register.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    };
    // SAFETY: copies a register.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    };
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let here = 0_u8;
        pointer = (&raw const here).addr();
    }
    // SAFETY: all zeros is a value of this plain C struct.
    let mut attributes: libc::pthread_attr_t = unsafe { mem::zeroed() };
    let (mut start, mut length) = (null_mut(), 0);
    // SAFETY: `attributes` is live, and destroyed if it was filled.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
            return None;
        }
        libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut length);
        libc::pthread_attr_destroy(&raw mut attributes);
    }
    let end = start.addr() + length;
    let start = pointer.max(BELOW) - BELOW;
    Some((start, end.checked_sub(start)?))
}

fn maps() -> String {
    fs::read_to_string("/proc/self/maps").unwrap_or_default()
}

/// The mapping that an address is in.
fn mapping(maps: &str, address: usize) -> Option<(usize, usize)> {
    maps.lines()
        .filter_map(range)
        .find(|(start, end)| (*start..*end).contains(&address))
}

/// Start and end of a mapping.
fn range(line: &str) -> Option<(usize, usize)> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    Some((address(start)?, address(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_range_of_a_mapping() {
        let line = "7ffc0000-7ffd0000 rw-p 00000000 00:00 0 [stack]";
        assert_eq!(range(line), Some((0x7ffc_0000, 0x7ffd_0000)));
        assert_eq!(range("nonsense"), None);
    }

    #[test]
    fn the_stack_in_use_begins_near_here() {
        let (start, length) = stack().unwrap();
        let here = (&raw const start).addr();
        assert!(
            (start..start + length).contains(&here) && here - start < 4096,
            "{start:x} {here:x}"
        );
    }

    #[test]
    fn finds_nothing_without_a_sanitizer() {
        assert!(!finds_leaks());
    }
}
