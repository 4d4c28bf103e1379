//! The standard streams of this process.

use std::io::{self, Write as _};

/// Makes C's stdout write line by line, as on a terminal: what a test printed before it crashed is not lost, and stands
/// in its place among the lines of Rust.
pub fn write_lines() {
    unsafe extern "C" {
        static stdout: *mut libc::FILE;
    }
    // SAFETY: C's own stream, with a buffer of C's own.
    unsafe { libc::setvbuf(stdout, std::ptr::null_mut(), libc::_IOLBF, 0) };
}

/// Writes what stands in the buffers of Rust's and of C's standard streams: what a test printed belongs to its report,
/// and what stands there at a fork would be written twice.
pub fn flush() {
    let _ = io::stdout().flush();
    // SAFETY: a null stream means all of them.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}
