//! What a contender costs before the first test runs: a cold build, a rebuild, its macros.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Bench;
use crate::compare::{Comparison, Line, compare_by_hand};
use crate::contender::{Contender, Test};
use crate::process;
use crate::project::{cargo, write};
use crate::report::Section;

/// All in which a test is written in a way of its own.
const MACROS: [&str; 13] = [
    "libtest",
    "isolate",
    "rstest",
    "test-context",
    "serial_test",
    "test-fork",
    "rusty-fork",
    "sealed_test",
    "libtest-mimic",
    "kitest",
    "test-r",
    "skuld",
    "sqlx::test",
];
const COLD: [&str; 12] = [
    "rstest",
    "isolate",
    "test-context",
    "test-fork",
    "rusty-fork",
    "sealed_test",
    "serial_test",
    "libtest-mimic",
    "kitest",
    "skuld",
    "test-r",
    "sqlx::test",
];
/// Both halves of the goal are stated for two cores.
const CPUS: [usize; 2] = [0, 1];

pub fn run(bench: &Bench) -> Vec<Section> {
    vec![cold(bench), expansion(bench)]
}

fn cold(bench: &Bench) -> Section {
    let names = if bench.size.quick { &COLD[..2] } else { &COLD[..] };
    let mut builds: Vec<(String, Result<PathBuf, String>)> = Vec::new();
    for name in names.iter().filter(|name| bench.takes(name)) {
        let contender = Contender::named(name);
        let one = Test::many(1, "", "");
        // Resolves and fetches what it needs, outside the measurement.
        let prepared = bench.places.suite("build", contender, &contender.source(&one));
        builds.push((
            (*name).to_owned(),
            prepared.map(|_| bench.places.project("build", name)),
        ));
    }
    if bench.takes("isolate") {
        let project = bench.places.project("build", "isolate without features");
        let manifest = format!(
            "[workspace]\n\n[package]\nname = \"suite\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             isolate-test = {{ path = \"{}\", default-features = false }}\n\n[[test]]\nname = \"suite\"\n",
            bench.places.checkout.display()
        );
        let written = write(
            &project,
            &[("Cargo.toml", &manifest), ("src/lib.rs", ""), ("tests/suite.rs", "")],
        );
        let fetched = written
            .map_err(|error| error.to_string())
            .and_then(|()| cargo(&project, &bench.places.target(), &["fetch"]));
        builds.push(("isolate without features".to_owned(), fetched.map(|_| project)));
    }
    let target = bench.places.scratch.join("target/cold");
    let rounds = if bench.size.quick { 1 } else { bench.size.rounds.min(3) };
    let comparison = compare_by_hand(
        Comparison {
            id: "build-cold".to_owned(),
            title: "Cold build of one empty test, on two cores".to_owned(),
            note: "`cargo test --no-run` with an empty target directory, not incremental, as crates of a registry are built; \
                   found: crates compiled. Goals: isolate at most half of rstest; without features at most 6 s."
                .to_owned(),
            lines: builds.iter().map(|(name, project)| Line::of(name, project.as_ref().map(|_| ()))).collect(),
        },
        rounds,
        |place| {
            let _ = fs::remove_dir_all(&target);
            let mut command = Command::new("cargo");
            command.args(["test", "--no-run", "--offline", "--test", "suite"]);
            command.current_dir(builds[place].1.as_ref().map_err(Clone::clone)?).env("CARGO_TARGET_DIR", &target);
            // As everything from a registry is built, which isolate is for all who don't have it in a checkout.
            command.env("CARGO_INCREMENTAL", "0");
            let ran = process::run(process::pinned(&mut command, &CPUS), &bench.places.scratch.join("output.log"))
                .map_err(|error| error.to_string())?;
            let crates = ran.output.lines().filter(|line| line.trim_start().starts_with("Compiling")).count();
            if ran.status == 0 {
                // The suite itself is none of theirs.
                Ok((ran.cost, format!("{} crates", crates.saturating_sub(1))))
            } else {
                Err("doesn't build".to_owned())
            }
        },
    );
    let _ = fs::remove_dir_all(&target);
    Section::Comparison(comparison)
}

fn expansion(bench: &Bench) -> Section {
    let count = 2_000;
    let tests = Test::many(count, "", "");
    let mut builds = Vec::new();
    for name in MACROS.iter().filter(|name| bench.takes(name)) {
        let contender = Contender::named(name);
        eprintln!("building expansion for {name}");
        let prepared = bench.places.suite("expansion", contender, &contender.source(&tests));
        builds.push((*name, contender, prepared.map(|_| ())));
    }
    let rounds = if bench.size.quick { 2 } else { bench.size.rounds };
    let mut edits = 0;
    Section::Comparison(compare_by_hand(
        Comparison {
            id: "build-expansion".to_owned(),
            title: format!("Rebuild of {count} empty tests after an edit"),
            note: "Expansion of the macros, compiling and linking.".to_owned(),
            lines: builds
                .iter()
                .map(|(name, _, ready)| Line::of(name, ready.as_ref().copied()))
                .collect(),
        },
        rounds,
        |place| {
            let (name, contender, _) = &builds[place];
            let project = bench.places.project("expansion", name);
            edits += 1;
            let edited = format!(
                "{}\n// edit {edits}\nconst _: u32 = {edits};\n",
                contender.source(&tests)
            );
            write(&project, &[("tests/suite.rs", &edited)]).map_err(|error| error.to_string())?;
            let mut command = Command::new("cargo");
            command
                .args(["test", "--no-run", "--offline", "--test", "suite"])
                .current_dir(&project);
            command.env("CARGO_TARGET_DIR", bench.places.target());
            let ran = process::run(&mut command, &bench.places.scratch.join("output.log"))
                .map_err(|error| error.to_string())?;
            if ran.status == 0 {
                Ok((ran.cost, String::new()))
            } else {
                Err("doesn't build".to_owned())
            }
        },
    ))
}
