//! Processes of this machine, as `/proc` tells.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A living process.
#[derive(Debug)]
#[expect(dead_code, reason = "read by whoever reads a failed assertion")]
pub struct Process {
    pub id: i32,
    pub state: char,
    pub command: String,
}

/// The living processes that carry `mark` in the environment they were started with. Children inherit it, whatever
/// session or parent they move to. Zombies have left, and only wait for somebody to notice.
pub fn marked(mark: &Path) -> Vec<Process> {
    let mut needle = b"E2E_DIR=".to_vec();
    needle.extend(mark.as_os_str().as_bytes());
    needle.push(0);
    let ids = fs::read_dir("/proc")
        .expect("/proc is mounted")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let ours = ids.filter(|id| {
        fs::read(format!("/proc/{id}/environ"))
            .is_ok_and(|environment| environment.windows(needle.len()).any(|window| window == needle))
    });
    ours.filter_map(|id| {
        let state = state(id)?;
        let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        (state != 'Z').then_some(Process { id, state, command })
    })
    .collect()
}

/// Whether a process is there and isn't a zombie.
pub fn lives(id: i32) -> bool {
    state(id).is_some_and(|state| state != 'Z')
}

/// Sends `signal` to a process, or to a process group when `id` is negative. One that is gone is no error.
pub fn signal(id: i32, signal: i32) {
    // SAFETY: `kill` touches no memory of ours.
    unsafe { libc::kill(id, signal) };
}

/// The user that [`without_privileges`] makes of whoever runs these tests.
pub const SOMEBODY: u32 = 1000;

/// A function after which the process belongs to a user without privileges, who can make so many user namespaces; as root, it can
/// make them and may not be in them. It allocates nothing, as befits the time between fork and exec.
pub fn without_privileges(as_user: u32, namespaces: u32) -> impl FnMut() -> io::Result<()> + Send + Sync + 'static {
    // SAFETY: they can't fail.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let files = [
        (c"/proc/self/setgroups", String::from("deny")),
        (c"/proc/self/uid_map", format!("{as_user} {user} 1")),
        (c"/proc/self/gid_map", format!("{as_user} {group} 1")),
        (c"/proc/sys/user/max_user_namespaces", namespaces.to_string()),
    ];
    move || {
        // SAFETY: takes a number.
        check(unsafe { libc::unshare(libc::CLONE_NEWUSER) })?;
        for (path, text) in &files {
            // SAFETY: C strings, and a text with its length.
            unsafe {
                let file = check(libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC))?;
                check(
                    libc::write(file, text.as_ptr().cast(), text.len())
                        .try_into()
                        .unwrap_or(-1),
                )?;
                libc::close(file);
            }
        }
        // Root gets all capabilities again with `exec`, unless they are out of bounds. There are fewer than these.
        for capability in 0..64 {
            // SAFETY: takes numbers.
            unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
        }
        Ok(())
    }
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// The living processes in that namespace, as `/proc/<id>/ns/…` names it.
pub fn inside(namespace: &str) -> Vec<i32> {
    let ids = fs::read_dir("/proc")
        .expect("/proc is mounted")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let (kind, _) = namespace.split_once(':').expect("`net:[4026531840]`");
    ids.filter(|id| fs::read_link(format!("/proc/{id}/ns/{kind}")).is_ok_and(|found| found == Path::new(namespace)))
        .collect()
}

/// The user that runs these tests.
pub fn user() -> u32 {
    // SAFETY: it can't fail.
    unsafe { libc::geteuid() }
}

/// The process that a process belongs to.
pub fn parent(id: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn state(id: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
