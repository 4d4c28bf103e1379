use std::io::{self, Read as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

/// A group, held against the other processes of a nextest run: a name in the kernel's table of abstract sockets, which
/// frees it when its holder dies and leaves no file behind.
pub struct GroupLock {
    _listener: UnixListener,
}

impl GroupLock {
    /// Waits until no other process of the run holds the group. Every holder is bounded by its test's timeout.
    pub fn acquire(group: &str) -> io::Result<Self> {
        let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_default();
        let address = address(&run, group)?;
        loop {
            match UnixListener::bind_addr(&address) {
                Ok(listener) => return Ok(Self { _listener: listener }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => wait_for_holder(&address),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Connects to the holder, who never answers: the connection ends when the holder does.
fn wait_for_holder(address: &SocketAddr) {
    if let Ok(mut holder) = UnixStream::connect_addr(address) {
        let _ = holder.read(&mut [0]);
    }
}

/// A name of bounded length for any group.
fn address(run: &str, group: &str) -> io::Result<SocketAddr> {
    let group = group.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        // FNV-1a: the same in every process, whatever its hasher's seed.
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    SocketAddr::from_abstract_name(format!("isolate-group-{run}-{group:016x}"))
}
