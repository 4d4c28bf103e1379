//! Fixtures that all test binaries of this package share. `REFERENCE` in the environment says what goes wrong with one.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::{env, fs, process, thread};

use isolate::{Fixture, Result, SessionValue, fixture};

/// A directory, and a process that serves it.
pub struct Reference {
    pub directory: PathBuf,
    server: Option<Child>,
}

#[fixture(scope = "session")]
pub fn reference() -> Result<Reference> {
    tell("log", &format!("built {}", process::id()));
    let directory = isolate::worker().dir().join("reference");
    fs::create_dir(&directory)?;
    // Daemons that nobody ends but whoever ends everything.
    let script = "setsid sleep 1001 & exec sleep 1002";
    let server = match env::var("ISOLATE").as_deref() {
        Ok("inline") => None,
        _ => Some(Command::new("sh").args(["-c", script]).spawn()?),
    };
    let first = !told("first");
    tell("first", "");
    println!("half of it is there");
    match env::var("REFERENCE").as_deref() {
        Ok("is killed once") if first => kill(process::id()),
        Ok("aborts") => process::abort(),
        Ok("exits") => process::exit(3),
        Ok("fails") => return Err("no such country".into()),
        Ok("panics") => panic!("no such continent"),
        Ok("hangs") => loop {
            thread::park();
        },
        // Longer than the timeout of the test that gets it, which doesn't count this.
        Ok("is slow") => thread::sleep(std::time::Duration::from_secs(2)),
        Ok("waits") => wait_for("build"),
        _ => {}
    }
    Ok(Reference {
        directory,
        server,
    })
}

impl Fixture for Reference {
    fn teardown(&mut self) -> Result {
        if let Some(server) = &mut self.server {
            assert!(server.try_wait()?.is_none(), "the server lives as long as its value");
        }
        tell("log", &format!("torn down {}", process::id()));
        match env::var("REFERENCE").as_deref() {
            Ok("fails at the end") => Err("it would not go".into()),
            Ok("aborts at the end") => process::abort(),
            _ => Ok(()),
        }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        tell("log", &format!("dropped {}", process::id()));
    }
}

impl SessionValue for Reference {
    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.directory.to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            directory: PathBuf::from_bytes(bytes)?,
            server: None,
        })
    }
}

/// Stands on the other one, so it goes first.
pub struct Index(String);

#[fixture(scope = "session")]
pub fn index(reference: &Reference) -> Index {
    tell("log", &format!("indexed {}", process::id()));
    Index(reference.directory.display().to_string())
}

impl Fixture for Index {
    fn teardown(&mut self) -> Result {
        assert!(fs::exists(&self.0)?, "what it stands on is there");
        tell("log", &format!("index torn down {}", process::id()));
        Ok(())
    }
}

impl SessionValue for Index {
    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.0.to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        String::from_bytes(bytes).map(Self)
    }
}

impl Index {
    pub fn text(&self) -> &str {
        &self.0
    }
}

pub fn tell(name: &str, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path(name)).unwrap();
    file.write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// Waits for a file that the test of this project makes.
pub fn wait_for(name: &str) {
    while !told(name) {
        thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

fn told(name: &str) -> bool {
    fs::exists(path(name)).unwrap()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env::var_os("E2E_DIR").unwrap()).join(name)
}

fn kill(id: u32) {
    // SAFETY: a signal.
    unsafe { libc::kill(id.cast_signed(), libc::SIGKILL) };
    thread::park();
}
