//! `pthread_create` and its kin, interposed.

/// Whether the process really starts its threads through this module.
pub fn active() -> bool {
    false
}

/// Call right before a `fork` that libc's `pthread_atfork` doesn't see.
pub fn before_fork() {}

/// Call right after such a `fork`, in the parent and in the child.
pub fn after_fork() {}
