//! The process as it was started: its environment and directory before any code of the test binary could change them.
//! The zygote is started with these, so that a plain `#[test]` that calls `set_var` or `chdir` cannot reach it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::lsan;

static DIRECTORY: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Runs before `main`, where no other thread can have changed the directory.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    lsan::note_main_thread();
    let _ = DIRECTORY.set(std::env::current_dir().ok());
}

/// The directory that this process was started in; `None` if it is gone.
pub fn directory() -> Option<&'static PathBuf> {
    DIRECTORY.get_or_init(|| std::env::current_dir().ok()).as_ref()
}

/// The environment that this process was started with.
pub fn environment() -> Vec<(OsString, OsString)> {
    let Ok(block) = fs::read("/proc/self/environ") else {
        return std::env::vars_os().collect();
    };
    let mut variables = Vec::new();
    for entry in block.split(|&byte| byte == 0) {
        if let Some(equals) = entry.iter().skip(1).position(|&byte| byte == b'=') {
            let (name, value) = entry.split_at(equals + 1);
            variables.push((
                OsStr::from_bytes(name).to_owned(),
                OsStr::from_bytes(&value[1..]).to_owned(),
            ));
        }
    }
    variables
}
