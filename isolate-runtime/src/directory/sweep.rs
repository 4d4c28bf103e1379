use std::{
    fs::{self, DirEntry},
    io,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use super::{
    keep::{Keep, MARKER},
    remove::{remove, remove_tree},
    run::{NEW, OLD, RUN, discard, is_dead, open_lock},
};

/// How long what failed tests left is kept after their run.
const KEPT: Duration = Duration::from_hours(3 * 24);
/// After this a run directory that never became complete was left by a process that died while making it.
const ABANDONED: Duration = Duration::from_hours(1);
/// A run starts no later than this for the sake of dead ones; the next goes on.
const BUDGET: Duration = Duration::from_millis(500);

/// Removes what runs that died left in `base`. It waits for nobody, and what it can't remove it leaves to the next sweep:
/// no run fails because of another.
pub(super) fn sweep(base: &Path) {
    let end = Instant::now() + BUDGET;
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        if Instant::now() > end {
            return;
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(RUN) {
            sweep_run(&entry.path());
        } else if name.starts_with(OLD) || name.starts_with(NEW) && age(&entry) > ABANDONED {
            let _ = remove_tree(&entry.path());
        }
    }
}

fn sweep_run(run: &Path) {
    let lock = match open_lock(run) {
        // A run directory gets its name after its lock, so a sweeper before us took that and then died.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Ok(lock) if is_dead(&lock) => Some(lock),
        Ok(_) | Err(_) => return,
    };
    let marker = fs::metadata(run.join(MARKER)).and_then(|marker| marker.modified());
    match marker {
        Ok(kept) if since(kept) < KEPT => {
            let _ = remove(run, Keep::Failed);
        }
        _ => discard(run),
    }
    // Held until here: another sweeper leaves the run to us.
    drop(lock);
}

fn age(entry: &DirEntry) -> Duration {
    entry
        .metadata()
        .and_then(|found| found.modified())
        .map_or(Duration::ZERO, since)
}

fn since(time: SystemTime) -> Duration {
    SystemTime::now().duration_since(time).unwrap_or_default()
}
