//! The standard streams of this process.

use std::io::{self, Write as _};

/// Writes what stands in the buffers of Rust's and of C's standard streams: what a test printed belongs to its report,
/// and what stands there at a fork would be written twice.
pub fn flush() {
    let _ = io::stdout().flush();
    // SAFETY: a null stream means all of them.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}
