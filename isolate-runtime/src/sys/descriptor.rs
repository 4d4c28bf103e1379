//! Descriptors: pairs of sockets, passing them to another process, output redirection.

use std::fs;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

use super::proc;

/// The most descriptors that one message carries.
pub const PASSED_MAX: usize = 6;

/// A connected pair of sockets that keep message boundaries. Closed on `exec`.
pub fn message_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `fds` has room for the two descriptors that the call writes.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()) })?;
    // SAFETY: both were just created and belong to nobody else.
    Ok(unsafe { (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])) })
}

/// Sends one message, with descriptors. A peer that is gone is an error, never a signal.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_ptr_alignment,
    reason = "a few descriptors, in an aligned buffer"
)]
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8], passed: &[BorrowedFd<'_>]) -> io::Result<()> {
    assert!(passed.len() <= PASSED_MAX, "more descriptors than a message carries");
    let mut part = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    let mut control = Control::new();
    // SAFETY: all-zero is a valid `msghdr`.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    if !passed.is_empty() {
        let length = mem::size_of_val(passed);
        message.msg_control = control.0.as_mut_ptr().cast();
        // SAFETY: arithmetic on a length.
        message.msg_controllen = unsafe { libc::CMSG_SPACE(length as u32) } as _;
        // SAFETY: the control buffer is aligned and has room for one header with PASSED_MAX descriptors.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(length as u32) as _;
            let data = libc::CMSG_DATA(header).cast::<RawFd>();
            for (place, fd) in passed.iter().enumerate() {
                data.add(place).write_unaligned(fd.as_raw_fd());
            }
        }
    }
    retry(|| {
        // SAFETY: `message` points at live buffers of the stated lengths.
        unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) }
    })?;
    Ok(())
}

/// Receives one message of at most `buffer.len()` bytes with its descriptors (closed on `exec`). Zero bytes mean that
/// the peer is gone.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_ptr_alignment,
    reason = "a few descriptors, in an aligned buffer"
)]
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let mut control = Control::new();
    // SAFETY: all-zero is a valid `msghdr`.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = mem::size_of_val(&control.0) as _;
    let count = retry(|| {
        // SAFETY: `message` points at live buffers of the stated lengths.
        unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) }
    })?;
    let mut passed = Vec::new();
    // SAFETY: the kernel filled `message`; the header is read only if it is there, and the descriptors that it lists
    // are new and belong to nobody else.
    unsafe {
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        if !header.is_null() && (*header).cmsg_type == libc::SCM_RIGHTS {
            let bytes = (*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
            let data = libc::CMSG_DATA(header).cast::<RawFd>();
            for place in 0..bytes / mem::size_of::<RawFd>() {
                passed.push(OwnedFd::from_raw_fd(data.add(place).read_unaligned()));
            }
        }
    }
    Ok((count, passed))
}

/// Closes what connects this process with others, apart from the standard streams and `kept`: pipes, sockets, and files
/// below `directory`, which are locks.
///
/// For a fork that drops nothing of what it has inherited: whoever owns one of these in memory must never use or drop it.
pub fn close_connections(directory: &Path, kept: &[BorrowedFd<'_>]) {
    for fd in proc::numbers("/proc/self/fd") {
        let connects = fs::read_link(format!("/proc/self/fd/{fd}")).is_ok_and(|target| {
            let name = target.as_os_str().as_encoded_bytes();
            name.starts_with(b"pipe:") || name.starts_with(b"socket:") || target.starts_with(directory)
        });
        if connects && fd > 2 && kept.iter().all(|kept| kept.as_raw_fd() != fd) {
            // SAFETY: the caller says that nobody uses it.
            unsafe { libc::close(fd) };
        }
    }
}

/// Closes the descriptor `first` and all with higher numbers: in a process that has just been started, where they can only
/// have been inherited.
pub fn close_from(first: RawFd) {
    // SAFETY: the caller says that nobody uses them.
    if unsafe { libc::syscall(libc::SYS_close_range, first, RawFd::MAX, 0) } == 0 {
        return;
    }
    // Linux before 5.9.
    for fd in proc::numbers("/proc/self/fd").into_iter().filter(|&fd| fd >= first) {
        // SAFETY: the same; that of the listing is gone already, and no other has been opened since.
        unsafe { libc::close(fd) };
    }
}

/// An empty file that has no name and lies in memory. Closed on `exec`.
pub fn memory() -> io::Result<OwnedFd> {
    // SAFETY: a C string; returns a new descriptor or -1.
    let fd = check(unsafe { libc::memfd_create(c"isolate".as_ptr(), libc::MFD_CLOEXEC) })?;
    // SAFETY: just created, belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes `target` (1 or 2) another name for `source`, for this process and the children it will start.
pub fn redirect(source: BorrowedFd<'_>, target: RawFd) -> io::Result<()> {
    // SAFETY: replaces a standard stream by a live descriptor.
    check(unsafe { libc::dup2(source.as_raw_fd(), target) })?;
    Ok(())
}

/// Makes `target` another name for `source`, as if it had been opened as that. Closed on `exec`.
pub fn replace(target: BorrowedFd<'_>, source: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: both are live, and whoever owns `target` goes on to own what it is now.
    check(unsafe { libc::dup3(source.as_raw_fd(), target.as_raw_fd(), libc::O_CLOEXEC) })?;
    Ok(())
}

/// Makes reads return at once when there is nothing to read.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: flag calls on a live descriptor.
    unsafe {
        let flags = check(libc::fcntl(fd.as_raw_fd(), libc::F_GETFL))?;
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK))?;
    }
    Ok(())
}

/// Says whether a descriptor survives `exec`. Only calls that are safe between `fork` and `exec`.
pub fn set_inherited(fd: BorrowedFd<'_>, inherited: bool) -> io::Result<()> {
    let flags = if inherited { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: a flag call on a live descriptor.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, flags) })?;
    Ok(())
}

/// Room for one control message, aligned for its header.
#[repr(align(8))]
struct Control([u8; 64]);

impl Control {
    fn new() -> Self {
        Self([0; 64])
    }
}

pub(super) fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Repeats a call that a signal interrupted.
fn retry(mut call: impl FnMut() -> libc::ssize_t) -> io::Result<usize> {
    loop {
        let result = call();
        if let Ok(count) = usize::try_from(result) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
