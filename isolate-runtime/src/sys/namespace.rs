//! A network and a view of the files that only this process and its descendants have: Linux's namespaces, which the kernel
//! removes with the last process in them.
//!
//! Without privileges they come with a user namespace, in which this process stays who it is: same user, same group, and
//! no capability that it didn't have before. All of it is for a process that has one thread.

use std::ffi::c_int;
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::descriptor::check;
use super::process;

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

/// Why the kernel refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

/// Gives this process what `own` says. `mount` arranges mounts of its own, if that is among it. After an error it may have
/// a part of it.
pub fn enter(own: Own, mount: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
    if own.is_none() {
        return Ok(());
    }
    let capabilities = Capabilities::get().map_err(|error| Refusal::new("capget", &error))?;
    let mut flags = 0;
    if own.network {
        flags |= libc::CLONE_NEWNET;
    }
    if own.files {
        flags |= libc::CLONE_NEWNS;
    }
    let unprivileged = !capabilities.has_admin();
    if unprivileged {
        flags |= libc::CLONE_NEWUSER;
    }
    // SAFETY: no preconditions.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    // SAFETY: takes a number; it fails in a process with several threads.
    check(unsafe { libc::unshare(flags) })
        .map_err(|error| Refusal::new(&format!("unshare({})", names(flags)), &error))?;
    if unprivileged {
        let write = |file: &str, text: String| {
            let path = format!("/proc/self/{file}");
            fs::write(&path, text).map_err(|error| Refusal::new(&format!("writing {path}"), &error))
        };
        // Who could drop a group might get at what its members are kept out of.
        write("setgroups", "deny".to_owned())?;
        write("uid_map", format!("{user} {user} 1"))?;
        write("gid_map", format!("{group} {group} 1"))?;
    }
    if own.network {
        raise_loopback().map_err(|error| Refusal::new("starting the loopback device", &error))?;
    }
    if own.files {
        mount()?;
    }
    if unprivileged {
        capabilities.restore().map_err(|error| Refusal::new("capset", &error))?;
    }
    Ok(())
}

/// Tries [`enter`] in a copy of this process.
pub fn probe(own: Own, mount: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal(format!("no copy of this process could try it: {error}"));
    let tried = process::in_copy(|| enter(own, mount).map_or_else(|refusal| refusal.0, |()| DONE.to_owned()));
    match tried.map_err(failed)?.as_str() {
        DONE => Ok(()),
        "" => Err(failed(io::ErrorKind::UnexpectedEof.into())),
        text => Err(Refusal(text.to_owned())),
    }
}

const DONE: &str = "done";

/// Capabilities of this thread, to be given back: a user namespace brings all of them, and a test with those could, for
/// instance, read files that it has made unreadable.
struct Capabilities([CapabilityData; 2]);

impl Refusal {
    /// The step that failed, and how.
    pub fn new(step: &str, error: &io::Error) -> Self {
        let remedy = remedy(error, |path| fs::read_to_string(path).ok());
        Self(format!("{step}: {error}\n{remedy}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

/// Which setting to change, as far as `read` tells what files say.
fn remedy(error: &io::Error, read: impl Fn(&str) -> Option<String>) -> String {
    let setting = |name: &str, value: &str| {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        read(&path).is_some_and(|found| found.trim() == value)
    };
    let (clone, apparmor) = (
        "kernel.unprivileged_userns_clone",
        "kernel.apparmor_restrict_unprivileged_userns",
    );
    for name in [
        "user.max_user_namespaces",
        "user.max_net_namespaces",
        "user.max_mnt_namespaces",
    ] {
        if setting(name, "0") {
            return format!("the setting {name} is 0: `sysctl {name}=10000` allows it");
        }
    }
    if error.raw_os_error() == Some(libc::ENOSPC) {
        return "there are too many namespaces: raise user.max_user_namespaces, user.max_net_namespaces and \
                user.max_mnt_namespaces with `sysctl`"
            .to_owned();
    }
    if setting(clone, "0") {
        return format!("the setting {clone} is 0: `sysctl {clone}=1` allows it");
    }
    if setting(apparmor, "1") {
        return format!("the setting {apparmor} is 1: `sysctl {apparmor}=0` allows it");
    }
    let status = read("/proc/self/status").unwrap_or_default();
    if status.lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])) {
        return "a seccomp filter is on this process, as in containers: `docker run --security-opt seccomp=unconfined`, or a \
                profile that allows `unshare` and `mount`, allows it"
            .to_owned();
    }
    if error.raw_os_error() == Some(libc::EINVAL) {
        return "this kernel seems to be built without such namespaces".to_owned();
    }
    "it takes the capability CAP_SYS_ADMIN (in a container: `--cap-add SYS_ADMIN`), or a kernel that allows unprivileged \
     user namespaces"
        .to_owned()
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
    const ADMIN: u32 = 1 << 21;

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

    fn has_admin(&self) -> bool {
        self.0[0].effective & Self::ADMIN != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(error: i32, files: &[(&str, &str)]) -> String {
        remedy(&io::Error::from_raw_os_error(error), |path| {
            let found = files.iter().find(|(name, _)| *name == path);
            found.map(|(_, text)| format!("{text}\n"))
        })
    }

    #[test]
    fn a_refusal_names_the_setting_to_change() {
        for (name, value) in [
            ("user.max_user_namespaces", "0"),
            ("user.max_net_namespaces", "0"),
            ("kernel.unprivileged_userns_clone", "0"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1"),
        ] {
            let path = format!("/proc/sys/{}", name.replace('.', "/"));
            let text = advice(libc::EPERM, &[(&path, value)]);
            assert!(text.contains(&format!("`sysctl {name}=")), "{text}");
            let other = advice(libc::EPERM, &[(&path, "7")]);
            assert!(!other.contains(name), "{other}");
        }
        let text = advice(libc::EPERM, &[("/proc/self/status", "Name:\tx\nSeccomp:\t2")]);
        assert!(text.contains("--security-opt seccomp=unconfined"), "{text}");
        assert!(advice(libc::ENOSPC, &[]).contains("raise user.max_user_namespaces"));
        assert!(advice(libc::EINVAL, &[]).contains("this kernel"));
        let text = advice(libc::EPERM, &[("/proc/self/status", "Seccomp:\t0")]);
        assert!(text.contains("CAP_SYS_ADMIN"), "{text}");
    }
}
