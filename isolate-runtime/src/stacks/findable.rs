//! Where std finds the program's file.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A name for the program's file where std looks for it once a new build has replaced it: at the path that the kernel
/// gives such files. Other processes of the program may need it at the same time: the last one removes it.
pub(super) struct Findable(Option<(PathBuf, File)>);

/// The program's file, whatever it is called by now.
const PROGRAM: &str = "/proc/self/exe";

impl Findable {
    /// Makes it, should it be missing.
    pub fn new() -> Self {
        let program = fs::read_link(PROGRAM).ok();
        let gone = program.filter(|path| path.as_os_str().as_bytes().ends_with(b" (deleted)"));
        Self(gone.and_then(Self::link))
    }

    /// The link, with a share of the lock on the program's file that whoever wants to remove it has to have alone.
    fn link(path: PathBuf) -> Option<(PathBuf, File)> {
        let program = File::open(PROGRAM).ok()?;
        program.lock_shared().ok()?;
        let found =
            symlink(PROGRAM, &path).is_ok() || fs::read_link(&path).is_ok_and(|target| target == Path::new(PROGRAM));
        found.then_some((path, program))
    }
}

impl Drop for Findable {
    fn drop(&mut self) {
        if let Some((path, program)) = &self.0
            && program.try_lock().is_ok()
        {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_a_replaced_program_stays_while_anybody_needs_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("program (deleted)");
        let findable = || Findable(Findable::link(path.clone()));
        let (one, other) = (findable(), findable());
        drop(one);
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(PROGRAM));
        let third = findable();
        drop(other);
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(PROGRAM));
        drop(third);
        // A process that another test is starting may have had a copy of the lock: then the next one removes the link.
        while path.is_symlink() {
            drop(findable());
        }
        fs::write(&path, "somebody's own").unwrap();
        drop(findable());
        assert_eq!(fs::read(&path).unwrap(), b"somebody's own");
    }
}
