use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::{remove::remove_tree, sweep};
use crate::error::Error;

/// The file by which a run is known to be alive: its processes share a lock on it.
pub(super) const LOCK: &str = "lock";
/// The name of a complete run directory starts with this.
pub(super) const RUN: &str = "run-";
/// The name of one that is being made, and has no lock yet.
pub(super) const NEW: &str = "new-";
/// The name of one that is being removed.
pub(super) const OLD: &str = "old-";

/// How long the removal of a directory may take that another process wants to have.
const REMOVAL: Duration = Duration::from_secs(5);

/// The directory of one test run, which lives as long as a process of the run holds one of these.
///
/// Each process takes its own share of an advisory lock, which the kernel gives up when the process dies. Dropping it only
/// gives up the share: [`remove`](super::remove()) is for the process that ends the run.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    lock: File,
}

impl RunDirectory {
    /// Makes the directory of a new run, after sweeping those of runs that died.
    ///
    /// Fails if the directory that holds all runs belongs to somebody else or is open to others.
    pub fn create() -> Result<Self, Error> {
        Self::create_in(&env::temp_dir())
    }

    /// Takes part in a run whose directory exists; fails if it doesn't.
    pub fn join(path: &Path) -> Result<Self, Error> {
        let lock = open_lock(path).and_then(share).map_err(file_error("lock", path))?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the directory of a worker: `gw0-1/` for the first worker in slot 0, `master-1/` without a slot.
    pub fn worker_directory(&self, slot: Option<u32>, incarnation: u32) -> Result<PathBuf, Error> {
        let name = match slot {
            Some(slot) => format!("gw{slot}-{incarnation}"),
            None => format!("master-{incarnation}"),
        };
        let path = self.path.join(name);
        make(&path).map_err(file_error("make", &path))?;
        Ok(path)
    }

    /// Takes part in the run of that name in `base`, whose directory the first to come makes. Fails if it is being removed
    /// and doesn't go.
    pub fn shared(base: &Path, name: &str) -> Result<Self, Error> {
        let path = base.join(format!("{RUN}{name}"));
        let deadline = Instant::now() + REMOVAL;
        loop {
            match open_lock(&path).and_then(share) {
                Ok(lock) if !is_gone(&lock) => return Ok(Self { path, lock }),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if let Some(run) = Self::make(base, &path)? {
                        return Ok(run);
                    }
                    if Instant::now() > deadline {
                        return Err(file_error("lock", &path)(error));
                    }
                }
                // Whoever holds it alone removes it.
                Err(error) if error.kind() != io::ErrorKind::WouldBlock || Instant::now() > deadline => {
                    return Err(file_error("lock", &path)(error));
                }
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Takes leave of the run; the last to do so removes its directory.
    ///
    /// A process that is dying gives up its locks in no order that it could choose: it may have let others know that it is
    /// gone, and still have its share. So this waits a while for the others.
    pub fn leave(self) {
        let deadline = Instant::now() + REMOVAL;
        let mut pause = Duration::from_micros(200);
        while !is_dead(&self.lock) {
            if is_gone(&self.lock) || Instant::now() > deadline {
                return;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
        if !is_gone(&self.lock) {
            discard(&self.path);
        }
    }

    pub(super) fn create_in(temp: &Path) -> Result<Self, Error> {
        let base = base(temp)?;
        sweep::sweep(&base);
        let path = base.join(format!("{RUN}{}", unique()));
        let made = Self::make(&base, &path)?;
        made.ok_or_else(|| file_error("make", &path)(io::ErrorKind::AlreadyExists.into()))
    }

    /// Makes the directory; `None` if somebody else has.
    fn make(base: &Path, path: &Path) -> Result<Option<Self>, Error> {
        let new = base.join(format!("{NEW}{}", unique()));
        make(&new).map_err(|source| Error::NoBaseDirectory {
            parent: base.to_owned(),
            source,
        })?;
        // The directory gets the name by which a sweeper knows it only once it is locked.
        let lock = File::create(new.join(LOCK))
            .and_then(share)
            .map_err(file_error("lock", &new))?;
        match fs::rename(&new, path) {
            Ok(()) => Ok(Some(Self {
                path: path.to_owned(),
                lock,
            })),
            Err(error) => {
                let _ = remove_tree(&new);
                match error.kind() {
                    io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => Ok(None),
                    _ => Err(file_error("make", path)(error)),
                }
            }
        }
    }
}

/// Removes a directory whose name may be wanted again while that goes on.
pub(super) fn discard(run: &Path) {
    let doomed = run.with_file_name(format!("{OLD}{}", unique()));
    let _ = match fs::rename(run, &doomed) {
        Ok(()) => remove_tree(&doomed),
        Err(_) => remove_tree(run),
    };
}

/// Makes a directory that only its owner can enter.
pub(super) fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// The constructor of [`Error::File`].
pub(super) fn file_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File {
        action,
        path: path.to_owned(),
        source,
    }
}

pub(super) fn open_lock(run: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW)
        .open(run.join(LOCK))
}

/// Takes the exclusive lock that only a dead run's file grants.
pub(super) fn is_dead(lock: &File) -> bool {
    // SAFETY: the descriptor is open for as long as `lock` is borrowed.
    unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) == 0 }
}

/// Whether somebody has removed it. The path may be that of another one by now.
fn is_gone(lock: &File) -> bool {
    lock.metadata().is_ok_and(|found| found.nlink() == 0)
}

fn share(lock: File) -> io::Result<File> {
    // SAFETY: the descriptor is open for as long as `lock` is.
    match unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_SH | libc::LOCK_NB) } {
        0 => Ok(lock),
        _ => Err(io::Error::last_os_error()),
    }
}

fn base(temp: &Path) -> Result<PathBuf, Error> {
    // SAFETY: it takes nothing and can't fail.
    let user = unsafe { libc::geteuid() };
    let path = temp.join(format!("isolate-{user}"));
    match make(&path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            return Err(Error::NoBaseDirectory {
                parent: temp.to_owned(),
                source,
            });
        }
        _ => {}
    }
    let found = fs::symlink_metadata(&path).map_err(file_error("read", &path))?;
    let reason = if found.is_symlink() {
        "it is a symbolic link".to_owned()
    } else if !found.is_dir() {
        "it is not a directory".to_owned()
    } else if found.uid() != user {
        format!("it belongs to user {}, not to you (user {user})", found.uid())
    } else if found.mode() & 0o077 != 0 {
        format!(
            "others can enter it (its mode is {:04o}, not 0700)",
            found.mode() & 0o7777
        )
    } else {
        return Ok(path);
    };
    Err(Error::BaseDirectory { path, reason })
}

/// A name that no other run has: process ids are unique at a time, and ticks of about a microsecond, none of which is used
/// twice, tell runs of one process id apart. It is short because the paths of unix sockets are limited to 108 bytes: six
/// digits come round after 18 minutes.
fn unique() -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijkmnpqrstuvwx";
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos()
        >> 10;
    let next = |last| u64::try_from(now).unwrap_or_default().max(last + 1);
    let tick = next(
        LAST.fetch_update(Relaxed, Relaxed, |last| Some(next(last)))
            .unwrap_or_default(),
    );
    let digit = |place: u32| char::from(DIGITS[(tick >> (5 * place) & 31) as usize]);
    format!("{}-{}", process::id(), (0..6).map(digit).collect::<String>())
}
