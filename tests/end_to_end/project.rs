//! A cargo project on disk, built once and run many times.
//!
//! Projects lie at fixed places below the target directory, so that a second run of these tests has nothing to build.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::{NamedTempFile, TempDir};

use crate::run::Run;

/// A project that consists of one `src/lib.rs`, and whatever `files` adds.
pub struct Project {
    name: &'static str,
    feature: &'static str,
    dependencies: &'static str,
    files: &'static [(&'static str, &'static str)],
    built: OnceLock<Built>,
}

/// A test binary, and what cargo puts into its environment.
struct Built {
    binary: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

impl Project {
    /// A project that depends on `isolate` without a database. The first of `files` is built as the test binary.
    pub const fn new(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self::with_feature(name, "runtime", files)
    }

    /// A project that depends on `isolate` without any feature, as production code does.
    pub const fn of_production(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self::with_feature(name, "", files)
    }

    /// The same with async tests.
    pub const fn with_tokio(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self::with_feature(name, "tokio", files)
    }

    /// The same with values that serde writes.
    pub const fn with_serde(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self::with_feature(name, "serde", files)
    }

    /// The same with the `db` fixture.
    pub const fn with_database(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self::with_feature(name, "db", files)
    }

    const fn with_feature(
        name: &'static str,
        feature: &'static str,
        files: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            feature,
            dependencies: "",
            files,
            built: OnceLock::new(),
        }
    }

    /// The same with more dependencies, lines of `Cargo.toml`. The lock file of the workspace has to know them.
    pub const fn depending_on(mut self, dependencies: &'static str) -> Self {
        self.dependencies = dependencies;
        self
    }

    /// What `cargo test --lib -- <arguments>` starts, arguments separated by white space. Not through cargo, which looks at
    /// all that the project depends on before each run, and lets only one at a time do so.
    pub fn test(&self, arguments: &str) -> Run {
        let mut run = self.binary_run(arguments);
        for (name, value) in &self.built().environment {
            run = run.env(name, value);
        }
        run
    }

    /// The same for `--exact <name>`: the run of one test.
    pub fn test_one(&self, name: &str) -> Run {
        self.test(&format!("--exact {name}"))
    }

    /// `cargo <arguments>`, with the project built.
    pub fn cargo(&self, arguments: &str) -> Run {
        self.built();
        let mut run = Run::of("cargo", self);
        run.args(arguments.split_whitespace()).args(["--offline"]);
        run
    }

    /// The test binary, started by hand.
    pub fn binary_run(&self, arguments: &str) -> Run {
        self.run_of(&self.built().binary, arguments)
    }

    /// A copy of it.
    pub fn run_of(&self, binary: &Path, arguments: &str) -> Run {
        let mut run = Run::of(binary, self);
        run.args(arguments.split_whitespace());
        run
    }

    /// A test binary that can be replaced, in a directory of its own.
    pub fn copied_binary(&self) -> (TempDir, PathBuf) {
        let directory = TempDir::new().expect("the temporary directory is writable");
        let copy = directory.path().join(self.name);
        // By another process: a fork of ours, for another test, would for a moment have the file open for writing too, and
        // such a file can't be run.
        let copied = Command::new("cp").arg(&self.built().binary).arg(&copy).status();
        assert!(copied.expect("there is a `cp`").success(), "there is room");
        (directory, copy)
    }

    /// The line of `src/lib.rs` that ends in `marker`, as reports write it.
    #[track_caller]
    pub fn location(&self, marker: &str) -> String {
        let line = self.files[0].1.lines().position(|line| line.ends_with(marker));
        let line = line.unwrap_or_else(|| panic!("no {marker:?} in the source of {}", self.name));
        format!("src/lib.rs:{}", line + 1)
    }

    /// Where the project lies. Checkouts that share a target directory have projects of their own.
    pub fn directory(&self) -> PathBuf {
        let mut checkout = DefaultHasher::new();
        env!("CARGO_MANIFEST_DIR").hash(&mut checkout);
        Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("end_to_end-{:016x}", checkout.finish()))
            .join(self.name)
    }

    fn built(&self) -> &Built {
        self.built.get_or_init(|| {
            self.write();
            let mut build = Command::new("cargo");
            // Instead of running the binary, it tells how it would.
            let tell = r#"target."cfg(unix)".runner = ["sh", "-c", "env -0; printf %s \"$0\""]"#;
            build
                .args(["test", "--lib", "--offline", "--config", tell])
                .current_dir(self.directory());
            let output = clean(&mut build).output().expect("cargo runs");
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "project {} doesn't build:\n{text}", self.name);
            let mut told: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
            let binary = told.pop().expect("it is the last");
            let pairs = told.iter().filter_map(|variable| {
                let equals = variable.iter().position(|&byte| byte == b'=')?;
                let (name, value) = (&variable[..equals], &variable[equals + 1..]);
                // Each run has its own.
                (name != b"TMPDIR").then_some((name, value))
            });
            let owned = |text: &[u8]| OsStr::from_bytes(text).to_owned();
            Built {
                binary: self.directory().join(owned(binary)),
                environment: pairs.map(|(name, value)| (owned(name), owned(value))).collect(),
            }
        })
    }

    fn write(&self) {
        let checkout = env!("CARGO_MANIFEST_DIR");
        let directory = self.directory();
        let Self {
            name,
            feature,
            dependencies,
            ..
        } = self;
        let features = if feature.is_empty() {
            String::new()
        } else {
            format!("{feature:?}")
        };
        let others = match *feature {
            "db" => format!(
                r#"
duckdb = {{ version = "*", default-features = false }}
# Not used: with all that the showcase depends on, its build of DuckDB fits here too, and there needn't be another.
opencode-monitor = {{ path = "{checkout}/examples/opencode-monitor" }}"#
            ),
            "tokio" => {
                String::from(r#"tokio = { version = "1.39", default-features = false, features = ["rt", "sync"] }"#)
            }
            _ => String::new(),
        };
        let manifest = format!(
            r#"
[package]
name = "{name}"
edition = "2024"

[dependencies]
isolate = {{ package = "isolate-test", path = "{checkout}", default-features = false, features = [{features}] }}
libc = "0.2"
{others}
{dependencies}

# As in the workspace, so that its dependencies are not built again.
[profile.dev.package."*"]
debug = "line-tables-only"

[workspace]
"#
        );
        write_if_changed(&directory.join("Cargo.toml"), &manifest);
        let lock = fs::read_to_string(Path::new(checkout).join("Cargo.lock")).expect("the workspace has a lock file");
        if write_if_changed(&directory.join("workspace.lock"), &lock) {
            write(&directory.join("Cargo.lock"), &lock);
        }
        for (path, text) in self.files {
            write_if_changed(&directory.join(path), text);
        }
    }
}

/// Removes what cargo and this very test run have put into the environment, and names the shared target directory.
pub fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let ours = [
            "CARGO_PKG",
            "CARGO_MANIFEST",
            "CARGO_BIN",
            "CARGO_CRATE",
            "CARGO_PRIMARY",
            "CARGO_TERM",
        ];
        let tools = [
            "ISOLATE",
            "RUST_TEST",
            "RUST_BACKTRACE",
            "RUST_LIB_BACKTRACE",
            // It is part of what cargo knows builds by: with and without it, everything is built again in turn.
            "RUSTC_BOOTSTRAP",
            "NEXTEST",
        ];
        if ours.iter().chain(&tools).any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("it lies in the target directory");
    command
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_TERM_COLOR", "never")
        .env_remove::<&OsStr>("CI".as_ref())
}

/// Leaves a file alone that is as it should be, since cargo goes by its time; otherwise writes it, and says so.
fn write_if_changed(path: &Path, text: &str) -> bool {
    let changed = fs::read_to_string(path).map_or(true, |old| old != text);
    if changed {
        write(path, text);
    }
    changed
}

/// Writes the whole file or nothing: under nextest several processes prepare the same project.
fn write(path: &Path, text: &str) {
    let directory = path.parent().expect("a file lies in a directory");
    fs::create_dir_all(directory).expect("the target directory is writable");
    let mut file = NamedTempFile::new_in(directory).expect("the target directory is writable");
    file.write_all(text.as_bytes()).expect("there is room");
    file.persist(path).expect("it is the same file system");
}
