//! What more than one module reads in `/proc`.

use std::fs;

/// Whether anything can be read there of this process. Nobody works without it.
pub fn is_mounted() -> bool {
    fs::symlink_metadata("/proc/self/exe").is_ok()
}

/// The entries of a directory whose names are numbers: processes, threads, descriptors. None if it is gone.
pub fn numbers(directory: &str) -> Vec<i32> {
    let mut numbers = Vec::new();
    if let Ok(entries) = fs::read_dir(directory) {
        for entry in entries.flatten() {
            if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                numbers.push(number);
            }
        }
    }
    numbers
}

/// A field of the `stat` of a process or a thread, counted from behind its name, which stands in parentheses and may hold
/// anything: 0 is the state, which `proc_pid_stat(5)` counts as the third.
pub fn stat(directory: &str, field: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("{directory}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(field).map(str::to_owned)
}
