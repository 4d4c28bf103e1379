//! Writes a contender's suite as a small project, builds it, and knows the command that runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use crate::contender::{Contender, How};

/// Where everything is: the checkout, and a scratch directory for projects and their builds.
pub struct Places {
    pub checkout: PathBuf,
    pub scratch: PathBuf,
}

/// A suite that can be run.
pub struct Suite {
    program: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
    pub variables: Vec<(String, String)>,
}

impl Suite {
    /// A command of cargo in that directory.
    pub fn cargo(directory: &Path, target: &Path, arguments: &[&str]) -> Self {
        Self {
            program: PathBuf::from("cargo"),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            directory: directory.to_owned(),
            variables: vec![("CARGO_TARGET_DIR".to_owned(), target.display().to_string())],
        }
    }

    /// The command that runs it, with more arguments.
    pub fn command(&self, more: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(more).current_dir(&self.directory);
        command.env_remove("CARGO_TARGET_DIR");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Places {
    /// Writes and builds the suite. The error says, in a line, why this contender has to be left out.
    pub fn suite(&self, task: &str, contender: &Contender, source: &str) -> Result<Suite, String> {
        let directory = self.project(task, contender.name);
        if let How::Pytest(arguments) = contender.how {
            return self.python(&directory, source, arguments);
        }
        let manifest = manifest(task, contender, &self.checkout);
        let written = write(
            &directory,
            &[
                ("Cargo.toml", &manifest),
                ("src/lib.rs", ""),
                ("tests/suite.rs", source),
            ],
        );
        written.map_err(|error| error.to_string())?;
        let binary = self.build(&directory)?;
        if contender.how == How::Nextest {
            return nextest(&directory, &self.target());
        }
        // cargo sets it for the tests that it runs, and some contenders rely on it.
        let variables = vec![("CARGO_MANIFEST_DIR".to_owned(), directory.display().to_string())];
        Ok(Suite {
            program: binary,
            arguments: Vec::new(),
            directory,
            variables,
        })
    }

    /// The directory of a contender's project for a task.
    pub fn project(&self, task: &str, name: &str) -> PathBuf {
        self.scratch.join("projects").join(task).join(slug(name))
    }

    /// The target directory that all suites share, and with it what several of them depend on.
    pub fn target(&self) -> PathBuf {
        self.scratch.join("target/suites")
    }

    /// Builds the project's tests; the test binary.
    fn build(&self, directory: &Path) -> Result<PathBuf, String> {
        let arguments = ["test", "--no-run", "--test", "suite", "--message-format", "json"];
        let output = cargo(directory, &self.target(), &arguments)?;
        let binary = output
            .rsplit("\"executable\":\"")
            .next()
            .and_then(|rest| rest.split('"').next());
        binary
            .filter(|path| Path::new(path).is_file())
            .map(PathBuf::from)
            .ok_or_else(|| "cargo names no test binary".to_owned())
    }

    /// pytest comes from the Python package index, into an environment of its own.
    fn python(&self, directory: &Path, source: &str, arguments: &[&str]) -> Result<Suite, String> {
        // pytest-forked 1.7.5 fails every test of pytest 9.
        let (name, packages): (_, &[&str]) = if arguments.contains(&"--forked") {
            ("python-forked", &["pytest<9", "pytest-forked"])
        } else {
            ("python", &["pytest", "pytest-xdist", "pytest-timeout"])
        };
        let environment = self.scratch.join(name);
        let list = packages.join("\n");
        // An earlier version of this program may have left one without some of them.
        if !fs::read_to_string(environment.join("packages.txt")).is_ok_and(|installed| installed == list) {
            output(
                Command::new("python3")
                    .args(["-m", "venv", "--clear"])
                    .arg(&environment),
            )?;
            let mut install = Command::new(environment.join("bin/pip"));
            output(install.args(["install", "--quiet"]).args(packages))?;
            write(&environment, &[("packages.txt", &list)]).map_err(|error| error.to_string())?;
        }
        write(directory, &[("test_suite.py", source), ("pytest.ini", "[pytest]\n")])
            .map_err(|error| error.to_string())?;
        let fixed = ["-q", "-p", "no:cacheprovider"];
        Ok(Suite {
            program: environment.join("bin/pytest"),
            arguments: fixed.iter().chain(arguments).map(ToString::to_string).collect(),
            directory: directory.to_owned(),
            variables: Vec::new(),
        })
    }
}

/// nextest starts from what it would have asked cargo for.
fn nextest(directory: &Path, target: &Path) -> Result<Suite, String> {
    let binaries = cargo(
        directory,
        target,
        &[
            "nextest",
            "list",
            "--list-type",
            "binaries-only",
            "--message-format",
            "json",
        ],
    )?;
    let metadata = cargo(directory, target, &["metadata", "--format-version", "1"])?;
    write(directory, &[("binaries.json", &binaries), ("metadata.json", &metadata)])
        .map_err(|error| error.to_string())?;
    let arguments = "nextest run --binaries-metadata binaries.json --cargo-metadata metadata.json";
    Ok(Suite {
        program: PathBuf::from("cargo"),
        arguments: arguments.split(' ').map(str::to_owned).collect(),
        directory: directory.to_owned(),
        variables: Vec::new(),
    })
}

/// Runs cargo, without the network if it can; what it prints on stdout.
pub fn cargo(directory: &Path, target: &Path, arguments: &[&str]) -> Result<String, String> {
    let run = |offline: &str| {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(directory)
            .env("CARGO_TARGET_DIR", target);
        command
            .env_remove("CARGO_MANIFEST_DIR")
            .env("CARGO_NET_OFFLINE", offline);
        output(&mut command)
    };
    run("true").or_else(|_| run("false"))
}

/// What a command prints on stdout; the error is the line of its stderr that says most.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{name}` can't be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let telling = errors
        .lines()
        .find(|line| line.starts_with("error"))
        .or_else(|| errors.lines().last());
    Err(telling.unwrap_or("failed without a word").to_owned())
}

/// Writes files that differ, so that cargo rebuilds only what has changed.
pub fn write(directory: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    for (name, text) in files {
        let path = directory.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().expect("a file is in a directory"))?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// The directory above the `target` of the running program, for what this run makes.
pub fn default_scratch() -> PathBuf {
    let executable = env::current_exe().unwrap_or_default();
    executable.ancestors().nth(2).unwrap_or(Path::new(".")).join("suites")
}

/// The package is named after the task and the contender: projects that share a target directory must not take each
/// other's binaries for their own.
fn manifest(task: &str, contender: &Contender, checkout: &Path) -> String {
    let dependencies = contender
        .dependencies
        .replace("$ISOLATE", &checkout.display().to_string());
    let name = slug(contender.name);
    let harness = if contender.own_main { "harness = false\n" } else { "" };
    format!(
        "[workspace]\n\n[package]\nname = \"{task}-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dev-dependencies]\n\
         {dependencies}\n\n[[test]]\nname = \"suite\"\n{harness}\n{}",
        contender.profile
    )
}

fn slug(name: &str) -> String {
    name.replace([' ', ':'], "-")
}
