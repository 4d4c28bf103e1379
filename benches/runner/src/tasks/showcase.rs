//! A realistic suite: that of the example application, isolated under cargo and under nextest.

use super::Bench;
use super::duckdb::linked;
use crate::compare::{Entrant, Judge};
use crate::project::{Suite, cargo};
use crate::report::Section;

pub fn run(bench: &Bench) -> Vec<Section> {
    let (directory, target) = (&bench.places.checkout, bench.places.target());
    let arguments = ["test", "--no-run", "--package", "opencode-monitor"];
    let built = linked().map_err(str::to_owned).and_then(|()| {
        eprintln!("building the showcase");
        cargo(directory, &target, &arguments).map(|_| ())
    });
    let entrant = |name: &str, gives: &str, arguments: &[&str]| Entrant {
        name: name.to_owned(),
        gives: gives.to_owned(),
        suite: built.clone().map(|()| Suite::cargo(directory, &target, arguments)),
        arguments: Vec::new(),
        judge: counted(),
    };
    let entrants = [
        entrant(
            "isolate",
            "cargo test",
            &["test", "--offline", "--package", "opencode-monitor"],
        ),
        entrant(
            "isolate under nextest",
            "cargo nextest run",
            &["nextest", "run", "--offline", "--package", "opencode-monitor"],
        ),
    ];
    vec![bench.compare(
        "showcase",
        "The suite of the example application",
        "Whole commands, cargo included; found: tests passed, in all binaries. Without isolation the suite can't run in parallel.",
        &entrants,
    )]
}

/// Says how many tests have passed, if all have.
fn counted() -> Judge {
    Box::new(|output, status| {
        let words: Vec<&str> = output.split_whitespace().collect();
        let counts = words.windows(2).filter(|pair| pair[1].starts_with("passed"));
        let passed: usize = counts.filter_map(|pair| pair[0].parse::<usize>().ok()).sum();
        if status == 0 {
            Ok(format!("{passed} passed"))
        } else {
            Err("its tests don't all pass".to_owned())
        }
    })
}
