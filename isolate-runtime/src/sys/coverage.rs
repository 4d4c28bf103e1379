//! Coverage of forks, in builds with `-C instrument-coverage`. Each process counts for itself and writes its counts when it
//! exits, so a fork must forget what it has inherited, or it would count twice.
//!
//! The functions are those of LLVM's profile runtime, which is in the program only in such builds.

use std::ffi::{CString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::copy_nonoverlapping;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Release};
use std::{env, mem};

use super::{load, shared};

// Weak symbols, of which Rust has none yet: each place holds an address, or zero where nothing defines the function.
core::arch::global_asm!(
    ".weak __llvm_profile_begin_counters",
    ".weak __llvm_profile_end_counters",
    ".weak __llvm_profile_is_continuous_mode_enabled",
    ".weak __llvm_profile_reset_counters",
    ".weak __llvm_profile_set_filename",
    ".pushsection .data.rel.ro.isolate_coverage, \"aw\"",
    ".balign 8",
    ".globl __isolate_coverage",
    ".hidden __isolate_coverage",
    "__isolate_coverage:",
    ".quad __llvm_profile_begin_counters",
    ".quad __llvm_profile_end_counters",
    ".quad __llvm_profile_is_continuous_mode_enabled",
    ".quad __llvm_profile_reset_counters",
    ".quad __llvm_profile_set_filename",
    ".popsection",
);

/// As above, in this order.
#[repr(C)]
struct Functions {
    begin_counters: Option<unsafe extern "C" fn() -> *mut u8>,
    end_counters: Option<unsafe extern "C" fn() -> *mut u8>,
    is_continuous: Option<unsafe extern "C" fn() -> c_int>,
    reset_counters: Option<unsafe extern "C" fn()>,
    set_filename: Option<unsafe extern "C" fn(*const c_char)>,
}

unsafe extern "C" {
    static __isolate_coverage: Functions;
}

/// Memory in which a fork leaves its counts for the process that it was forked from.
pub struct Legacy {
    shared: *mut Shared,
    length: usize,
}

/// The counts follow.
#[repr(C)]
struct Shared {
    is_left: AtomicBool,
}

/// Where the counts begin: aligned for them.
const OFFSET: usize = 64;

/// This process has just been forked, and goes on for itself: it counts from zero, and writes a file of its own.
pub fn start_afresh() {
    let Some(functions) = functions() else { return };
    if let Some(reset) = functions.reset_counters {
        // SAFETY: LLVM's own function; nobody counts meanwhile, since the process has one thread.
        unsafe { reset() };
    }
    write_own_file();
}

/// This process has just been forked, and counts on for the one that it was forked from, which writes nothing: it writes a
/// file of its own.
pub fn write_own_file() {
    let Some(functions) = functions() else { return };
    let (Some(set_filename), Some(name)) = (functions.set_filename, file_name()) else {
        return;
    };
    // SAFETY: LLVM copies the C string.
    unsafe { set_filename(name.as_ptr()) };
}

impl Legacy {
    /// Maps the memory; do it before the fork. `None` in builds that count nothing.
    pub fn new() -> Option<Self> {
        let (_, length) = counters()?;
        let shared = shared::map(OFFSET + length).ok()?.cast();
        Some(Self { shared, length })
    }

    /// In the fork, when it has done its work: leaves all counts, which began with those of the process behind it.
    pub fn leave(&self) {
        let Some((counters, _)) = counters() else { return };
        // SAFETY: both are that long, and apart. Threads of a leaking test may still count; a number more or less is theirs.
        unsafe {
            copy_nonoverlapping(counters, self.counts(), self.length);
            (*self.shared).is_left.store(true, Release);
        }
    }

    /// In the process behind the fork, which did nothing meanwhile: goes on from what was left, if the fork came so far.
    pub fn take(&self) {
        let Some((counters, _)) = counters() else { return };
        // SAFETY: as above; the fork has ended.
        unsafe {
            if (*self.shared).is_left.swap(false, AcqRel) {
                copy_nonoverlapping(self.counts(), counters, self.length);
            }
        }
    }

    fn counts(&self) -> *mut u8 {
        self.shared.wrapping_byte_add(OFFSET).cast()
    }
}

impl Drop for Legacy {
    fn drop(&mut self) {
        // SAFETY: mapped in `new`, and nobody has it any more.
        unsafe { libc::munmap(self.shared.cast(), OFFSET + self.length) };
    }
}

/// `None` if nothing is counted, or the counts are in memory that all forks share with a file (`%c` in its name).
fn functions() -> Option<&'static Functions> {
    // SAFETY: defined above, never written.
    let functions = unsafe { &__isolate_coverage };
    let is_continuous = functions.is_continuous?;
    // SAFETY: LLVM's own function, which only looks.
    (unsafe { is_continuous() } == 0).then_some(functions)
}

/// Where the counters of this program are, and how many bytes they take.
fn counters() -> Option<(*mut u8, usize)> {
    let functions = functions()?;
    // SAFETY: LLVM's own functions, which return the bounds of a section.
    let (begin, end) = unsafe { (functions.begin_counters?(), functions.end_counters?()) };
    let length = (end as usize)
        .checked_sub(begin as usize)
        .filter(|&length| length > 0)?;
    Some((begin, length))
}

/// The name of the file with this process's id, where LLVM would go on using that of the process which it was forked from;
/// `None` if the name holds no id.
fn file_name() -> Option<CString> {
    let pattern = env::var_os("LLVM_PROFILE_FILE").filter(|pattern| !pattern.is_empty());
    let pattern = pattern.unwrap_or_else(|| "default_%m_%p.profraw".into());
    let bytes = pattern.as_bytes();
    if !bytes.windows(2).any(|pair| pair == b"%p") {
        return None;
    }
    let text = pattern.to_string_lossy().replace("%p", &std::process::id().to_string());
    // A test may change the directory.
    let path = load::directory().map_or_else(|| Path::new(&text).to_owned(), |directory| directory.join(&text));
    CString::new(path.into_os_string().into_encoded_bytes()).ok()
}

const _: () = assert!(mem::size_of::<Shared>() <= OFFSET);
