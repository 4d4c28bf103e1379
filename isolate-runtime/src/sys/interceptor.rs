//! The functions that a sanitizer puts before those of libc, and ours in turn before them: a thread that doesn't come past it
//! is none for a sanitizer, which then looks neither at its stack nor at what it does.

use std::ffi::{CStr, c_void};

// Weak symbols, as in `coverage`.
core::arch::global_asm!(
    ".weak __interceptor_pthread_create",
    ".weak __interceptor_pthread_join",
    ".weak __interceptor_pthread_tryjoin_np",
    ".weak __interceptor_pthread_timedjoin_np",
    ".weak __interceptor_pthread_clockjoin_np",
    ".weak __interceptor_pthread_detach",
    ".pushsection .data.rel.ro.isolate_interceptors, \"aw\"",
    ".balign 8",
    ".globl __isolate_interceptors",
    ".hidden __isolate_interceptors",
    "__isolate_interceptors:",
    ".quad __interceptor_pthread_create",
    ".quad __interceptor_pthread_join",
    ".quad __interceptor_pthread_tryjoin_np",
    ".quad __interceptor_pthread_timedjoin_np",
    ".quad __interceptor_pthread_clockjoin_np",
    ".quad __interceptor_pthread_detach",
    ".popsection",
);

/// As above, in this order.
const NAMES: [&CStr; 6] = [
    c"pthread_create",
    c"pthread_join",
    c"pthread_tryjoin_np",
    c"pthread_timedjoin_np",
    c"pthread_clockjoin_np",
    c"pthread_detach",
];

unsafe extern "C" {
    static __isolate_interceptors: [*mut c_void; NAMES.len()];
}

/// The function of that name behind ours: a sanitizer's, or that of libc. Null if there is none.
pub fn behind(name: &CStr) -> *mut c_void {
    let place = NAMES.iter().position(|&other| other == name);
    // SAFETY: defined above, never written.
    let sanitizers = place.map(|place| unsafe { __isolate_interceptors }[place]);
    match sanitizers {
        Some(function) if !function.is_null() => function,
        // SAFETY: the name is a C string.
        _ => unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_sanitizer_it_is_libcs() {
        for name in NAMES {
            assert!(!behind(name).is_null(), "{name:?}");
        }
        assert!(behind(c"pthread_of_nobody").is_null());
    }
}
