//! Mounts in a mount namespace of this process's own.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::ptr::null;

use super::descriptor::check;
use super::refusal::Refusal;

/// What a process sees in place of some directories.
#[derive(Debug)]
pub struct View {
    /// An empty directory, and the places where it is to be seen.
    pub temporary: (PathBuf, Vec<PathBuf>),
    /// Directories that can't be written to.
    pub read_only: Vec<PathBuf>,
    /// Directories that stay as they are, wherever in the others they lie.
    pub kept: Vec<PathBuf>,
}

impl View {
    /// Mounts it, in a mount namespace that nobody else is in.
    pub fn mount(&self) -> Result<(), Refusal> {
        let current = std::env::current_dir();
        // From here on nothing that is mounted here is seen elsewhere.
        mount(None, Path::new("/"), libc::MS_REC | libc::MS_PRIVATE)
            .map_err(|error| Refusal::of_kernel("mount(MS_PRIVATE)", &error))?;
        // What is open can be mounted also when its name leads elsewhere.
        let (temporary, places) = &self.temporary;
        let temporary = open(temporary)?;
        let mut others: Vec<(&Path, bool, File)> = Vec::new();
        for (paths, is_read_only) in [(&self.read_only, true), (&self.kept, false)] {
            for path in paths {
                // Outer ones first, since they hide what is in them.
                let depth = path.components().count();
                let place = others.partition_point(|(other, ..)| other.components().count() <= depth);
                others.insert(place, (path, is_read_only, open(path)?));
            }
        }
        let mut mounted: Vec<&Path> = Vec::new();
        for place in places {
            if mounted.iter().any(|outer| place.starts_with(outer)) {
                make(place)?;
            } else {
                bind(&temporary, place)?;
                mounted.push(place);
            }
        }
        for (path, is_read_only, directory) in &others {
            if *is_read_only || mounted.iter().any(|outer| path.starts_with(outer)) {
                bind(directory, path)?;
                mounted.push(path);
            }
            if *is_read_only {
                forbid_writing(path)?;
            }
        }
        // The current directory is still the one below.
        if let Ok(current) = current {
            let _ = std::env::set_current_dir(current);
        }
        Ok(())
    }
}

impl View {
    /// Removes the directories that [`mount`](Self::mount) has made in the temporary one to mount others at. For a process that
    /// doesn't see them mounted.
    pub fn remove_mount_points(&self) {
        let (temporary, places) = &self.temporary;
        let others = self.read_only.iter().chain(&self.kept).chain(places);
        for (other, place) in others.flat_map(|other| places.iter().map(move |place| (other, place))) {
            let Ok(inside) = other.strip_prefix(place) else {
                continue;
            };
            let directories = inside.ancestors().take_while(|path| !path.as_os_str().is_empty());
            for directory in directories {
                // Those in which the test has left something stay.
                let _ = fs::remove_dir(temporary.join(directory));
            }
        }
    }
}

fn open(path: &Path) -> Result<File, Refusal> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_PATH | libc::O_DIRECTORY)
        .open(path)
        .map_err(|error| Refusal::new(&format!("opening {}", path.display()), &error))
}

fn bind(directory: &File, path: &Path) -> Result<(), Refusal> {
    make(path)?;
    let source = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    mount(Some(&source), path, libc::MS_BIND | libc::MS_REC)
        .map_err(|error| Refusal::of_kernel(&format!("mounting at {}", path.display()), &error))
}

/// Makes a directory to mount something at, unless it is there.
fn make(path: &Path) -> Result<(), Refusal> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| Refusal::new(&format!("making {}", path.display()), &error))
}

fn forbid_writing(path: &Path) -> Result<(), Refusal> {
    let flags = flags(path).unwrap_or(0);
    mount(None, path, libc::MS_REMOUNT | libc::MS_BIND | libc::MS_RDONLY | flags)
        .map_err(|error| Refusal::of_kernel(&format!("mounting {} read-only", path.display()), &error))
}

/// The flags of a mount that must be said again, since without privileges they can't be taken away.
fn flags(path: &Path) -> io::Result<libc::c_ulong> {
    // `libc` doesn't have it for musl.
    const ST_RELATIME: libc::c_ulong = 4096;
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: all zeros is a value of this plain C struct.
    let mut found: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: a C string, and room for the answer.
    check(unsafe { libc::statvfs(path.as_ptr(), &raw mut found) })?;
    let known = [
        (libc::ST_NOSUID, libc::MS_NOSUID),
        (libc::ST_NODEV, libc::MS_NODEV),
        (libc::ST_NOEXEC, libc::MS_NOEXEC),
        (libc::ST_NOATIME, libc::MS_NOATIME),
        (libc::ST_NODIRATIME, libc::MS_NODIRATIME),
        (ST_RELATIME, libc::MS_RELATIME),
    ];
    let mut flags = 0;
    for (here, there) in known {
        if found.f_flag & here != 0 {
            flags |= there;
        }
    }
    Ok(flags)
}

fn mount(source: Option<&Path>, target: &Path, flags: libc::c_ulong) -> io::Result<()> {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes());
    let source = source.map(text).transpose()?;
    let target = text(target)?;
    let source = source.as_ref().map_or(null(), |source| source.as_ptr());
    // SAFETY: C strings, or null where the kernel looks at none.
    check(unsafe { libc::mount(source, target.as_ptr(), null(), flags, null()) }).map(drop)
}
