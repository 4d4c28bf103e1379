//! The standard streams of this process.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use super::descriptor;

/// Where stdout and stderr of this process go, out of a test's reach.
static STREAMS: OnceLock<[OwnedFd; 2]> = OnceLock::new();

/// Lets stdout and stderr go there from now on.
pub fn redirect(streams: [OwnedFd; 2]) -> io::Result<()> {
    if let Err([stdout, stderr]) = STREAMS.set(streams) {
        redirect_again([stdout.as_fd(), stderr.as_fd()])
    } else {
        restore()
    }
}

/// The same of a process that has redirected them before, or is a fork of one.
pub fn redirect_again(streams: [BorrowedFd<'_>; 2]) -> io::Result<()> {
    for (target, source) in STREAMS.get().into_iter().flatten().zip(streams) {
        descriptor::replace(target.as_fd(), source)?;
    }
    restore()
}

/// Ends the use of this process's stdin and stdout: there is nothing to read, and nobody reads.
pub fn silence_stdin_and_stdout() -> io::Result<()> {
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    descriptor::redirect(nothing.as_fd(), 0)?;
    descriptor::redirect(nothing.as_fd(), 1)
}

/// Brings back stdout and stderr, whatever a test did to descriptors 1 and 2.
pub fn restore() -> io::Result<()> {
    let Some([stdout, stderr]) = STREAMS.get() else {
        return Ok(());
    };
    descriptor::redirect(stdout.as_fd(), 1)?;
    descriptor::redirect(stderr.as_fd(), 2)
}

/// Whether all that was written there has been read, if it is a pipe.
pub fn is_read() -> bool {
    let Some([stdout, _]) = STREAMS.get() else { return true };
    let mut unread: libc::c_int = 0;
    // SAFETY: the kernel writes one number; a pipe's writing end is asked as well as the other.
    let asked = unsafe { libc::ioctl(stdout.as_raw_fd(), libc::FIONREAD, &raw mut unread) };
    asked != 0 || unread == 0
}

/// [Restores](restore) them if a test has closed one: what is said now has to be read by somebody.
pub fn restore_closed() {
    // SAFETY: asks about numbers, which may be closed.
    let closed = |fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1;
    if closed(1) || closed(2) {
        let _ = restore();
    }
}

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
