//! A network and a view of the files that only this process and its descendants have: Linux's namespaces, which the kernel
//! removes with the last process in them.
//!
//! Without privileges they come with a user namespace, in which this process stays who it is: same user, same group, and
//! no capability that it didn't have before. All of it is for a process that has one thread.

use std::ffi::c_int;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::descriptor::check;
use super::process;
use super::refusal::Refusal;

/// What a process has for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// A network with nothing in it but a loopback of its own.
    pub network: bool,
    /// Mounts of its own.
    pub files: bool,
}

impl Own {
    /// Whether that is nothing.
    pub fn is_none(self) -> bool {
        !self.network && !self.files
    }
}

/// Gives this process what `own` says. `mount` arranges mounts of its own, if that is among it. After an error it may have
/// a part of it.
pub fn enter(own: Own, mount: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
    if own.is_none() {
        return Ok(());
    }
    let capabilities = Capabilities::get().map_err(|error| Refusal::of_kernel("capget", &error))?;
    let mut flags = 0;
    if own.network {
        flags |= libc::CLONE_NEWNET;
    }
    if own.files {
        flags |= libc::CLONE_NEWNS;
    }
    // In a user namespace a process has all capabilities. Root of a container may well have one of these and not the other.
    let needs_network = own.network && !capabilities.has(Capabilities::NET_ADMIN);
    let unprivileged = needs_network || !capabilities.has(Capabilities::SYS_ADMIN);
    if unprivileged {
        flags |= libc::CLONE_NEWUSER;
    }
    // SAFETY: no preconditions.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    // SAFETY: takes a number; it fails in a process with several threads.
    check(unsafe { libc::unshare(flags) })
        .map_err(|error| Refusal::of_kernel(&format!("unshare({})", names(flags)), &error))?;
    if unprivileged {
        let write = |file: &str, text: String| {
            let path = format!("/proc/self/{file}");
            let refused = |error: io::Error| {
                let step = format!("writing {path}");
                if user == 0 && !capabilities.has(Capabilities::SETFCAP) {
                    return Refusal::with(
                        &step,
                        &error,
                        "root needs the capability CAP_SETFCAP for it: `docker run --cap-add SETFCAP`; other users don't",
                    );
                }
                Refusal::of_kernel(&step, &error)
            };
            fs::write(&path, text).map_err(refused)
        };
        // Who could drop a group might get at what its members are kept out of.
        write("setgroups", "deny".to_owned())?;
        write("uid_map", format!("{user} {user} 1"))?;
        write("gid_map", format!("{group} {group} 1"))?;
    }
    if own.network {
        raise_loopback().map_err(|error| Refusal::of_kernel("starting the loopback device", &error))?;
    }
    if own.files {
        mount()?;
    }
    if unprivileged {
        capabilities
            .restore()
            .map_err(|error| Refusal::of_kernel("capset", &error))?;
    }
    Ok(())
}

/// Tries [`enter`] in a copy of this process.
pub fn probe(own: Own, mount: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal::new("trying it in a copy of the process", &error);
    let tried = process::in_copy(|| enter(own, mount).map_or_else(|refusal| refusal.to_string(), |()| DONE.to_owned()));
    match tried.map_err(failed)?.as_str() {
        DONE => Ok(()),
        "" => Err(failed(io::ErrorKind::UnexpectedEof.into())),
        text => Err(Refusal::told(text)),
    }
}

const DONE: &str = "done";

/// Capabilities of this thread, to be given back: a user namespace brings all of them, and a test with those could, for
/// instance, read files that it has made unreadable.
struct Capabilities([CapabilityData; 2]);

fn names(flags: c_int) -> String {
    let names = [
        (libc::CLONE_NEWUSER, "CLONE_NEWUSER"),
        (libc::CLONE_NEWNET, "CLONE_NEWNET"),
        (libc::CLONE_NEWNS, "CLONE_NEWNS"),
    ];
    let mut text = String::new();
    for (flag, name) in names {
        if flags & flag != 0 {
            let separator = if text.is_empty() { "" } else { " | " };
            text = text + separator + name;
        }
    }
    text
}

/// `ip link set lo up`
fn raise_loopback() -> io::Result<()> {
    // SAFETY: takes numbers.
    let socket = check(unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: just created, belongs to nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: all zeros is a value of this plain C struct.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(*b"lo") {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).expect("it is 1");
    // SAFETY: the kernel reads a complete request.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request) }).map(drop)
}

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilityData {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Version 3, and the calling thread.
static HEADER: CapabilityHeader = CapabilityHeader {
    version: 0x2008_0522,
    pid: 0,
};

impl Capabilities {
    const NET_ADMIN: u32 = 1 << 12;
    const SYS_ADMIN: u32 = 1 << 21;
    const SETFCAP: u32 = 1 << 31;

    /// What this thread may do now.
    fn get() -> io::Result<Self> {
        let mut data = [CapabilityData::default(); 2];
        // SAFETY: two entries are what this version writes.
        let got = unsafe { libc::syscall(libc::SYS_capget, &raw const HEADER, data.as_mut_ptr()) };
        check(c_int::try_from(got).unwrap_or(-1))?;
        Ok(Self(data))
    }

    /// Makes it what this thread may do.
    fn restore(&self) -> io::Result<()> {
        // SAFETY: two entries are what this version reads.
        let set = unsafe { libc::syscall(libc::SYS_capset, &raw const HEADER, self.0.as_ptr()) };
        check(c_int::try_from(set).unwrap_or(-1)).map(drop)
    }

    /// Whether it is one of them.
    fn has(&self, capability: u32) -> bool {
        self.0[0].effective & capability != 0
    }
}
