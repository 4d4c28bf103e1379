//! Empty tests: what a contender itself costs.

use super::Bench;
use crate::compare::passes;
use crate::contender::{self, Test};
use crate::report::Section;

/// Those that are worth waiting for with ten times as many tests: a second or so for each thousand is too much.
const LARGE: &[&str] = &[
    "libtest",
    "isolate",
    "rstest",
    "test-context",
    "serial_test",
    "libtest-mimic",
    "kitest",
    "test-r",
];

/// Those of the quick form: the goals' and the ones that start processes.
const QUICK: &[&str] = &[
    "libtest",
    "isolate",
    "nextest",
    "rusty-fork",
    "test-fork",
    "rstest",
    "serial_test",
];

pub fn run(bench: &Bench) -> Vec<Section> {
    let quick = bench.size.quick;
    let mut sections = vec![suite(bench, bench.size.tests, |name| !quick || QUICK.contains(&name))];
    if !quick {
        sections.push(suite(bench, bench.size.tests * 10, |name| LARGE.contains(&name)));
    }
    sections
}

fn suite(bench: &Bench, count: usize, takes: impl Fn(&str) -> bool) -> Section {
    let tests = Test::many(count, "", "");
    let id = format!("empty-{count}");
    let takes = |name: &str| takes(name) && bench.takes(name);
    let entrants: Vec<_> = contender::ALL
        .iter()
        .filter(|contender| takes(contender.name))
        .map(|contender| bench.entrant(&id, contender, &tests, passes(count)))
        .collect();
    bench.compare(
        &id,
        &format!("{count} empty tests in one binary"),
        "Goals: isolate at most 3 × libtest; nextest at least 10 × isolate.",
        &entrants,
    )
}
