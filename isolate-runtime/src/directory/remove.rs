use std::{
    ffi::OsStr,
    fs::{self, OpenOptions, Permissions},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{
    keep::{Keep, MARKER, kept},
    run::{LOCK, file_error},
};
use crate::error::Error;

/// How often a directory that doesn't get empty is tried again; with the pauses between, about a second.
const ATTEMPTS: u32 = 10;

/// Removes a run's directory at the run's end, apart from the tests' directories that [`keep`](super::keep()) marked, and
/// returns those. If there are none, the run's directory goes as well.
///
/// More than one process may do so, at the same time or in turn.
pub fn remove(run: &Path, policy: Keep) -> Result<Vec<PathBuf>, Error> {
    let mut keep = Vec::new();
    if policy != Keep::None {
        keep = kept(run).map_err(file_error("read", run))?;
        keep.retain(|test| run.join(test).is_dir());
    }
    if keep.is_empty() {
        remove_tree(run)?;
        return Ok(keep);
    }
    let mut others = vec![OsStr::new(LOCK), OsStr::new(MARKER)];
    for test in &keep {
        if let Some(worker) = test.iter().next()
            && !others.contains(&worker)
        {
            remove_others(&run.join(worker), &|test| keep.contains(&Path::new(worker).join(test)))?;
            others.push(worker);
        }
    }
    remove_others(run, &|name| others.contains(&name))?;
    for test in &mut keep {
        *test = run.join(&*test);
    }
    Ok(keep)
}

/// Removes a directory and everything in it, read-only directories too, without following symbolic links. One that isn't
/// there is no error; one in which a dying process goes on creating files is tried again for about a second.
pub fn remove_tree(path: &Path) -> Result<(), Error> {
    let mut attempt = 0;
    loop {
        let removed = match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(error) => Err(error),
        };
        let Err(error) = removed else { return Ok(()) };
        match error.kind() {
            io::ErrorKind::NotFound if fs::symlink_metadata(path).is_err() => return Ok(()),
            _ if attempt == ATTEMPTS => return Err(file_error("remove", path)(error)),
            io::ErrorKind::PermissionDenied => unlock(path),
            // Somebody else is removing the same, or still putting files there.
            io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty => {}
            _ => return Err(file_error("remove", path)(error)),
        }
        if attempt > 0 {
            thread::sleep(Duration::from_millis(1 << attempt.min(8)));
        }
        attempt += 1;
    }
}

fn remove_others(directory: &Path, keep: &dyn Fn(&OsStr) -> bool) -> Result<(), Error> {
    for entry in fs::read_dir(directory).map_err(file_error("read", directory))? {
        let entry = entry.map_err(file_error("read", directory))?;
        if !keep(&entry.file_name()) {
            remove_tree(&entry.path())?;
        }
    }
    Ok(())
}

/// Gives the owner full access to a directory and all directories beneath; what fails shows when removing is tried again.
fn unlock(path: &Path) {
    // An `O_PATH` descriptor needs no permission on the directory itself, and can't be led astray by a link put in its place.
    let flags = libc::O_PATH | libc::O_NOFOLLOW | libc::O_DIRECTORY;
    let Ok(directory) = OpenOptions::new().read(true).custom_flags(flags).open(path) else {
        return;
    };
    let path_of_descriptor = format!("/proc/self/fd/{}", directory.as_raw_fd());
    let _ = fs::set_permissions(path_of_descriptor, Permissions::from_mode(0o700));
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unlock(&entry.path());
        }
    }
}
