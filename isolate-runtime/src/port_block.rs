//! Machine-wide leases of 100 ports each: 5000–5099 for `master`, then one block per worker slot. A slot comes in and the
//! block nearest to its own that nobody holds goes out; tests then take their ports from the block's [`PortRange`].
//!
//! The lease is a listening unix socket in the abstract namespace, named after the block. The kernel frees the name with the
//! last descriptor, it leaves no file, it is shared by exactly those processes that share the ports (a network namespace),
//! and whoever connects learns the holder's process id.

use std::{
    fs, io,
    ops::RangeInclusive,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixListener},
    },
};

use crate::error::{Error, Holder};

/// Ports per block.
const SIZE: u16 = 100;
/// The block of `master`; that of slot `n` is `n + 1` blocks further.
const FIRST: u16 = 5000;
/// With fewer blocks than this outside the ephemeral ports, those within serve too.
const ENOUGH: usize = 16;

/// A block of 100 ports that no other process on this machine leases, until this and all its copies in forks are dropped.
#[derive(Debug)]
pub struct PortBlock {
    range: PortRange,
    lease: UnixListener,
}

/// The numbers of a block's ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    base: u16,
}

impl PortBlock {
    /// Leases the block of a slot, or of `master` without one; if somebody else holds that, the next free one.
    ///
    /// Fails if all are taken, and names who holds them.
    pub fn lease(slot: Option<u32>) -> Result<Self, Error> {
        let blocks = blocks(ephemeral());
        let wanted = slot.map_or(0, |slot| slot as usize + 1) % blocks.len();
        let mut refused = None;
        for &range in blocks[wanted..].iter().chain(&blocks[..wanted]) {
            match UnixListener::bind_addr(&name(range)) {
                Ok(lease) => return Ok(Self { range, lease }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => refused = Some(error),
            }
        }
        Err(match refused {
            Some(source) => Error::File {
                action: "lease ports through",
                path: "a unix socket".into(),
                source,
            },
            None => taken(&blocks),
        })
    }

    /// The block's ports.
    pub fn range(&self) -> PortRange {
        self.range
    }
}

impl AsFd for PortBlock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.lease.as_fd()
    }
}

impl PortRange {
    /// The 100 ports from `base` on. A base so high that they would not fit is taken down to where they do.
    pub fn new(base: u16) -> Self {
        Self {
            base: base.min(u16::MAX - (SIZE - 1)),
        }
    }

    /// The first port.
    pub fn base(self) -> u16 {
        self.base
    }

    /// All of them.
    pub fn ports(self) -> RangeInclusive<u16> {
        self.base..=self.base + (SIZE - 1)
    }
}

/// All blocks that can be leased. Ephemeral ports are left out: the kernel gives them to any outgoing connection.
fn blocks(ephemeral: RangeInclusive<u16>) -> Vec<PortRange> {
    let (low, high) = ephemeral.into_inner();
    let (mut all, mut apart) = (Vec::new(), Vec::new());
    for nth in 0..(u16::MAX - FIRST) / SIZE {
        let block = PortRange::new(FIRST + nth * SIZE);
        all.push(block);
        if *block.ports().end() < low || *block.ports().start() > high {
            apart.push(block);
        }
    }
    if apart.len() < ENOUGH { all } else { apart }
}

/// The ports that the kernel gives to outgoing connections; its default where it doesn't tell.
fn ephemeral() -> RangeInclusive<u16> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut ends = text.split_whitespace().map_while(|end| end.parse().ok());
    match (ends.next(), ends.next()) {
        (Some(low), Some(high)) => low..=high,
        _ => 32768..=60999,
    }
}

fn name(block: PortRange) -> SocketAddr {
    let name = format!("isolate-ports-{}", block.base);
    SocketAddr::from_abstract_name(name).expect("the name of a block is far shorter than the limit of 107 bytes")
}

fn taken(blocks: &[PortRange]) -> Error {
    let mut holders = Vec::new();
    for &block in blocks {
        count(&mut holders, holder(block));
    }
    Error::PortBlocks {
        blocks: blocks.len(),
        holders,
    }
}

/// Counts one more of a kind. Holders are few.
pub(crate) fn count<T: PartialEq>(counts: &mut Vec<(T, usize)>, one: T) {
    match counts.iter_mut().find(|(kind, _)| *kind == one) {
        Some((_, count)) => *count += 1,
        None => counts.push((one, 1)),
    }
}

/// Who leased a block.
fn holder(block: PortRange) -> Holder {
    peer(&name(block)).map_or(
        Holder {
            pid: None,
            command: String::new(),
        },
        Holder::of,
    )
}

/// The process id of whoever listens on an address. It doesn't wait: nobody accepts there, so the queue may be full.
fn peer(address: &SocketAddr) -> Option<u32> {
    let name = address.as_abstract_name()?;
    // SAFETY: all zeros is a value of this plain C struct.
    let mut raw: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    raw.sun_family = libc::sa_family_t::try_from(libc::AF_UNIX).ok()?;
    // The first byte stays 0, which is what makes the name an abstract one.
    for (to, from) in raw.sun_path.iter_mut().skip(1).zip(name) {
        *to = std::ffi::c_char::from_ne_bytes([*from]);
    }
    let length = std::mem::offset_of!(libc::sockaddr_un, sun_path) + 1 + name.len();
    // SAFETY: no pointers are passed.
    let socket = unsafe {
        libc::socket(
            libc::AF_UNIX,
            libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
            0,
        )
    };
    if socket < 0 {
        return None;
    }
    // SAFETY: the descriptor was just made, and nobody else knows it.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: the address is valid for `length` bytes, which are fewer than the struct has.
    let connected = unsafe {
        libc::connect(
            socket.as_raw_fd(),
            (&raw const raw).cast(),
            libc::socklen_t::try_from(length).ok()?,
        )
    };
    if connected != 0 {
        return None;
    }
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut size = libc::socklen_t::try_from(size_of_val(&peer)).ok()?;
    // SAFETY: the kernel writes at most `size` bytes, and that is what `peer` has.
    let told = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut size,
        )
    };
    // 0 stands for a process in another namespace of process ids.
    u32::try_from(peer.pid).ok().filter(|&pid| told == 0 && pid != 0)
}

#[cfg(test)]
mod tests;
