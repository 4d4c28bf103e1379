//! jemalloc's handlers of `fork`. They take all its locks before, lest another thread holds one in the copy, and make them anew
//! after: that writes to some forty pages in the worker and in its copy, a quarter of the time that an empty test takes. A
//! process with one thread needs none of it, so its forks go without, as glibc has it for its own `malloc`.
//!
//! All of it works before `main`, where shared libraries register their handlers, and in the middle of a fork.

use std::cell::Cell;

thread_local! {
    /// In memory that a fork writes to anyway: what is written to in its own is copied.
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Says whether the next fork will be of a process with one thread, so that nothing in it has to be locked, or forgotten.
pub fn forks_alone(is: bool) {
    ALONE.set(is);
}

/// Whether this is the middle of such a fork.
pub fn alone() -> bool {
    ALONE.get()
}

#[cfg(all(target_env = "gnu", not(target_feature = "crt-static")))]
mod symbols {
    use std::ffi::{c_int, c_void};
    use std::mem::transmute;

    use super::alone;
    use crate::sys::interceptor;

    type Handler = Option<unsafe extern "C" fn()>;

    /// Called before a fork, after it in the parent, and in the child.
    type Handlers = [Handler; 3];

    // Weak symbols, as in `coverage`: libduckdb's, and those of `tikv-jemallocator`.
    core::arch::global_asm!(
        ".weak duckdb_je_jemalloc_prefork",
        ".weak duckdb_je_jemalloc_postfork_parent",
        ".weak duckdb_je_jemalloc_postfork_child",
        ".weak _rjem_je_jemalloc_prefork",
        ".weak _rjem_je_jemalloc_postfork_parent",
        ".weak _rjem_je_jemalloc_postfork_child",
        ".pushsection .data.rel.ro.isolate_fork_handlers, \"aw\"",
        ".balign 8",
        ".globl __isolate_fork_handlers",
        ".hidden __isolate_fork_handlers",
        "__isolate_fork_handlers:",
        ".quad duckdb_je_jemalloc_prefork",
        ".quad duckdb_je_jemalloc_postfork_parent",
        ".quad duckdb_je_jemalloc_postfork_child",
        ".quad _rjem_je_jemalloc_prefork",
        ".quad _rjem_je_jemalloc_postfork_parent",
        ".quad _rjem_je_jemalloc_postfork_child",
        ".popsection",
    );

    unsafe extern "C" {
        static __isolate_fork_handlers: [Handlers; 2];
    }

    /// What is registered instead, in the same order.
    const STAND_INS: [Handlers; 2] = [
        [
            Some(unless_alone::<0, 0>),
            Some(unless_alone::<0, 1>),
            Some(unless_alone::<0, 2>),
        ],
        [
            Some(unless_alone::<1, 0>),
            Some(unless_alone::<1, 1>),
            Some(unless_alone::<1, 2>),
        ],
    ];

    unsafe extern "C" fn unless_alone<const WHOSE: usize, const WHEN: usize>() {
        // SAFETY: never written; called when the function that this one stands for would be.
        unsafe {
            if let Some(handler) = __isolate_fork_handlers[WHOSE][WHEN]
                && !alone()
            {
                handler();
            }
        }
    }

    /// What `pthread_atfork` comes down to. Libraries call the program's own definition, which comes first for the dynamic linker.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn __register_atfork(
        prepare: Handler,
        parent: Handler,
        child: Handler,
        object: *mut c_void,
    ) -> c_int {
        type Register = unsafe extern "C" fn(Handler, Handler, Handler, *mut c_void) -> c_int;
        let handlers = [prepare, parent, child];
        // SAFETY: never written.
        let known = unsafe { __isolate_fork_handlers }
            .iter()
            .position(|known| known[0].is_some() && *known == handlers);
        let [prepare, parent, child] = known.map_or(handlers, |whose| STAND_INS[whose]);
        // SAFETY: if there is a function of that name, it has this signature; the arguments are the caller's.
        unsafe {
            let real = interceptor::behind(c"__register_atfork");
            match transmute::<*mut c_void, Option<Register>>(real) {
                Some(register) => register(prepare, parent, child, object),
                None => libc::ENOMEM,
            }
        }
    }
}
