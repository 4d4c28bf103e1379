//! Memory that a process shares with those that are forked from it later.

use std::ffi::c_void;
use std::io;
use std::ptr::null_mut;

/// Maps so many bytes, all of them zero. Fails when there is no memory.
pub fn map(length: usize) -> io::Result<*mut c_void> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: an anonymous mapping at an address of the kernel's choice disturbs nothing.
    let memory = unsafe { libc::mmap(null_mut(), length, protection, flags, -1, 0) };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    Ok(memory)
}
