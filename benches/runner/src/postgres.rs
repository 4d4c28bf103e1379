//! A PostgreSQL server of this run's own: on a socket, in a directory that goes with it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use crate::project::output;

/// Stops when it is dropped.
pub struct Server {
    process: Child,
    directory: PathBuf,
}

/// As one sets up a server for tests: nothing has to survive a loss of power.
const SETTINGS: [&str; 5] = [
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_size=256MB",
];

impl Server {
    /// Fails, with the reason, where PostgreSQL isn't installed.
    pub fn start() -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL isn't installed: there is no `initdb`")?;
        eprintln!("\nstarting a PostgreSQL server");
        let directory = directory().map_err(|error| format!("there is no place for PostgreSQL: {error}"))?;
        let user = user();
        if let Some(user) = user {
            std::os::unix::fs::chown(&directory, Some(user), Some(user)).map_err(|error| error.to_string())?;
        }
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command.current_dir(&directory);
            if let Some(user) = user {
                command.uid(user).gid(user);
            }
            command
        };
        let data = directory.join("data");
        output(
            program("initdb")
                .args(["--auth=trust", "--username=postgres", "--no-sync", "-D"])
                .arg(&data),
        )?;
        let log = fs::File::create(directory.join("log")).map_err(|error| error.to_string())?;
        let mut server = program("postgres");
        server.arg("-D").arg(&data).arg("-k").arg(&directory);
        server.args(SETTINGS.iter().flat_map(|setting| ["-c", *setting]));
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // SAFETY: between fork and exec there is one system call and no allocation.
        unsafe {
            server.pre_exec(|| {
                // It ends with the thread that started it, the main one, however that ends.
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT);
                Ok(())
            });
        }
        let process = server.spawn().map_err(|error| error.to_string())?;
        let server = Self { process, directory };
        server.wait_until_ready(&programs)?;
        Ok(server)
    }

    /// What clients call it.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@localhost/postgres?host={}",
            self.directory.display()
        )
    }

    fn wait_until_ready(&self, programs: &Path) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut ready = Command::new(programs.join("pg_isready"));
        ready.arg("-h").arg(&self.directory);
        while let Err(reason) = output(&mut ready) {
            if Instant::now() > deadline {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                return Err(format!(
                    "PostgreSQL doesn't start: {}",
                    log.lines().last().unwrap_or(&reason)
                ));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown, which waits for no client.
        // SAFETY: has no preconditions; the child hasn't been waited for, so the id is its own.
        unsafe { libc::kill(self.process.id().cast_signed(), libc::SIGINT) };
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Where its programs are: on Debian they aren't on the path.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    let complete = |place: &PathBuf| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| place.join(name).is_file())
    };
    places.into_iter().find(complete)
}

/// Not in the scratch directory: that may be one that only its owner can enter, and names of sockets have to be short. In
/// memory where that can be had, so that nobody else keeps its file system busy. Takes away what earlier runs had to leave.
fn directory() -> io::Result<PathBuf> {
    let prefix = "isolate-bench-postgres-";
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { env::temp_dir() };
    for entry in fs::read_dir(&place)?.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(prefix));
        if owner.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let directory = place.join(format!("{prefix}{}", std::process::id()));
    fs::create_dir(&directory)?;
    Ok(directory)
}

/// PostgreSQL refuses to run as root: who it runs as then.
fn user() -> Option<u32> {
    // SAFETY: has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let id = |name: &str| {
        users.lines().find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(":")?
                .split(':')
                .nth(1)?
                .parse()
                .ok()
        })
    };
    id("postgres").or_else(|| id("nobody"))
}
