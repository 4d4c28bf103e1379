//! Whether a port could be bound.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::descriptor::check;

/// Whether nobody has bound a port, on any address, for TCP or UDP.
pub fn is_free(port: u16) -> bool {
    let free = |family, kind| match bind(family, kind, port) {
        // Other failures than this, such as those of a machine without IPv6, are not for a port to have.
        Err(error) => error.kind() != io::ErrorKind::AddrInUse,
        Ok(()) => true,
    };
    free(libc::AF_INET, libc::SOCK_STREAM)
        && free(libc::AF_INET, libc::SOCK_DGRAM)
        && free(libc::AF_INET6, libc::SOCK_STREAM)
        && free(libc::AF_INET6, libc::SOCK_DGRAM)
}

/// Binds a socket to the wildcard address, which conflicts with every other, and closes it.
///
/// A process that is just being forked may get a copy of the socket, and hold it for a moment. So it doesn't listen, and lets
/// its address be used again: the listener that follows isn't disturbed by it.
fn bind(family: libc::c_int, kind: libc::c_int, port: u16) -> io::Result<()> {
    // SAFETY: takes numbers, returns a new descriptor or -1.
    let socket = check(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: just created, belongs to nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // Two UDP sockets that let their address be used again would share it, so that this one would not notice the other.
    if kind == libc::SOCK_STREAM {
        set(&socket, libc::SOL_SOCKET, libc::SO_REUSEADDR)?;
    }
    if family == libc::AF_INET6 {
        set(&socket, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY)?;
    }
    // Of both families: family and port are at the same place in either struct, and the wildcard address is zeros.
    // SAFETY: all zeros is a value of this plain C struct.
    let mut address: libc::sockaddr_in6 = unsafe { mem::zeroed() };
    address.sin6_family = libc::sa_family_t::try_from(family).unwrap_or_default();
    address.sin6_port = port.to_be();
    // SAFETY: the address is live and as long as is said.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length(&address)) })?;
    Ok(())
}

fn set(socket: &OwnedFd, level: libc::c_int, option: libc::c_int) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the value is live and as long as is said.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const on).cast(), length(&on)) })?;
    Ok(())
}

fn length<T>(value: &T) -> libc::socklen_t {
    libc::socklen_t::try_from(size_of_val(value)).unwrap_or_default()
}
