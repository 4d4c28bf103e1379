//! Sections of the executable that the linker makes of the statics which the macro puts there: an array of all of a kind, in
//! no order.

use std::{ptr, slice};

// The linker defines these for a section whose name could be one in C. Weak, since a program may have no such section: then
// its places hold zero. Hidden, since each library that is loaded may have its own.
core::arch::global_asm!(
    ".weak __start_isolate_cases",
    ".weak __stop_isolate_cases",
    ".weak __start_isolate_tables",
    ".weak __stop_isolate_tables",
    ".hidden __start_isolate_cases",
    ".hidden __stop_isolate_cases",
    ".hidden __start_isolate_tables",
    ".hidden __stop_isolate_tables",
    ".pushsection .data.rel.ro.isolate_sections, \"aw\"",
    ".balign 8",
    ".globl __isolate_sections",
    ".hidden __isolate_sections",
    "__isolate_sections:",
    ".quad __start_isolate_cases",
    ".quad __stop_isolate_cases",
    ".quad __start_isolate_tables",
    ".quad __stop_isolate_tables",
    ".popsection",
);

unsafe extern "C" {
    /// As above, in this order.
    static __isolate_sections: [[*const u8; 2]; 2];
}

/// A section.
pub struct Section(usize);

/// `isolate_cases`
pub const CASES: Section = Section(0);
/// `isolate_tables`
pub const TABLES: Section = Section(1);

impl Section {
    /// All that is in it. `None` if that is no array of `T`s.
    ///
    /// # Safety
    ///
    /// Nothing but `T`s is put there.
    pub unsafe fn all<T>(&self) -> Option<&'static [T]> {
        // SAFETY: defined above; the loader wrote it.
        let [start, stop] = unsafe { __isolate_sections }[self.0];
        if start.is_null() {
            return Some(&[]);
        }
        let length = stop.addr().checked_sub(start.addr())?;
        let start = start.cast::<T>();
        if !length.is_multiple_of(size_of::<T>()) || !start.is_aligned() {
            return None;
        }
        // SAFETY: so says the caller; they are statics, one behind the other without gaps, or the length would show it.
        Some(unsafe { slice::from_raw_parts(ptr::from_ref(&*start), length / size_of::<T>()) })
    }
}
