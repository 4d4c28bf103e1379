//! Processes of this machine, as `/proc` tells.

use std::fs;
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
