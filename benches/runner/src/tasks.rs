//! What is measured.

mod build;
mod database;
mod duckdb;
mod empty;
mod failures;
mod fixtures;
mod groups;
mod memory;
mod populated;
mod process;
mod scaling;
mod showcase;
mod sqlx;
mod steps;

use std::path::PathBuf;

use crate::compare::{self, Entrant, Judge};
use crate::contender::{Contender, How, Test};
use crate::profile;
use crate::project::Places;
use crate::report::Section;

/// How much of everything.
pub struct Size {
    pub rounds: usize,
    /// Of the smaller suite of empty tests.
    pub tests: usize,
    pub quick: bool,
    /// Take a new baseline.
    pub bless: bool,
    /// Where profiles go, if that is what is asked for.
    pub profiles: Option<PathBuf>,
    /// Names of contenders; all of them if empty.
    pub only: Vec<String>,
}

/// What a task works with.
pub struct Bench {
    pub places: Places,
    pub size: Size,
}

/// A task, under the name by which it can be asked for.
pub type Task = (&'static str, fn(&Bench) -> Vec<Section>);

/// All tasks in the order of the report.
pub const ALL: &[Task] = &[
    ("empty", empty::run),
    ("process", process::run),
    ("memory", memory::run),
    ("build", build::run),
    ("failures", failures::run),
    ("groups", groups::run),
    ("fixtures", fixtures::run),
    ("scaling", scaling::run),
    ("database", database::run),
    ("populated", populated::run),
    ("showcase", showcase::run),
    ("steps", steps::run),
];

/// Those that don't run suites side by side, but something of their own.
pub const UNPROFILED: [&str; 3] = ["memory", "build", "steps"];

impl Bench {
    /// Whether that contender takes part.
    pub fn takes(&self, name: &str) -> bool {
        self.size.only.is_empty() || self.size.only.iter().any(|only| only == name)
    }

    /// A contender with its suite built.
    pub fn entrant(&self, task: &str, contender: &Contender, tests: &[Test], judge: Judge) -> Entrant {
        self.written(task, contender, &contender.source(tests), judge)
    }

    /// The same with a source that was written for this task.
    pub fn written(&self, task: &str, contender: &Contender, source: &str, judge: Judge) -> Entrant {
        eprintln!("building {task} for {}", contender.name);
        Entrant {
            name: contender.name.to_owned(),
            gives: contender.gives.to_owned(),
            suite: self.places.suite(task, contender, source),
            arguments: Vec::new(),
            judge,
        }
    }

    /// A contender that can't take part yet, or at all, and why.
    pub fn absent(name: &str, gives: &str, reason: &str) -> Entrant {
        Entrant {
            name: name.to_owned(),
            gives: gives.to_owned(),
            suite: Err(reason.to_owned()),
            arguments: Vec::new(),
            judge: compare::passes(0),
        }
    }

    /// Runs them in turns, or looks where isolate's time goes.
    pub fn compare(&self, id: &str, title: &str, note: &str, entrants: &[Entrant]) -> Section {
        if let Some(out) = &self.size.profiles {
            return profile::of_all(id, title, entrants, &self.places.scratch, out);
        }
        let comparison = compare::compare(id, title, note, entrants, self.size.rounds, &self.places.scratch);
        Section::Comparison(comparison)
    }
}

/// Arguments that make a contender run that many tests at a time.
fn at_a_time(contender: &Contender, count: usize) -> Vec<String> {
    match contender.how {
        How::Binary | How::Nextest => vec![format!("--test-threads={count}")],
        How::Pytest(_) => vec!["-n".to_owned(), count.to_string()],
    }
}
