//! Complete isolation: a process for every test, in a small binary and in one that DuckDB is linked into, where starting
//! the program anew costs more.

use super::{Bench, duckdb};
use crate::compare::{Entrant, passes};
use crate::contender::{Contender, Test};
use crate::report::Section;

const LARGE: &[&str] = &[
    "libtest",
    "isolate process",
    "isolate process O2",
    "isolate network",
    "isolate",
    "nextest",
    "test-fork",
    "rusty-fork",
    "sealed_test",
    "pytest-forked",
];
const QUICK: &[&str] = &["libtest", "isolate process", "nextest", "test-fork"];
const LINKED: &[&str] = &[
    "libtest",
    "isolate process",
    "isolate process O2",
    "isolate",
    "nextest",
    "test-fork",
    "rusty-fork",
    "sealed_test",
];

/// Uses something of it in a test that is one of those that count, so that the linker takes it.
const USE: &str =
    "#[used]\nstatic DUCKDB: fn() -> duckdb::Result<duckdb::Connection> = duckdb::Connection::open_in_memory;\n";

pub fn run(bench: &Bench) -> Vec<Section> {
    let wanted = if bench.size.quick { QUICK } else { LARGE };
    let mut sections = vec![compare(bench, "process", "a small binary", wanted, false)];
    if !bench.size.quick {
        sections.push(compare(bench, "process-duckdb", "a binary with DuckDB", LINKED, true));
    }
    sections
}

fn compare(bench: &Bench, id: &str, binary: &str, names: &[&str], linked: bool) -> Section {
    let count = bench.size.tests;
    let entrants: Vec<Entrant> = names
        .iter()
        .filter(|name| bench.takes(name))
        .map(|name| entrant(bench, id, Contender::named(name), linked))
        .collect();
    bench.compare(
        id,
        &format!("{count} tests, each in a process of its own, in {binary}"),
        "Goals: isolate at most 6 × libtest and at least 5 times as fast as test-fork; at least 12 times as fast as nextest, 20 \
         times with DuckDB; a network adds at most 1 ms to each test. libtest and plain isolate, which give no process to each test, are here to compare.",
        &entrants,
    )
}

fn entrant(bench: &Bench, id: &str, contender: &Contender, linked: bool) -> Entrant {
    let tests = Test::many(bench.size.tests, "", "");
    let judge = passes(bench.size.tests);
    if !linked {
        return bench.entrant(id, contender, &tests, judge);
    }
    if let Err(reason) = duckdb::linked() {
        return Bench::absent(contender.name, contender.gives, reason);
    }
    let dependencies = format!("{}\n{}", contender.dependencies, duckdb::DEPENDENCY);
    let contender = contender.depending(dependencies.leak());
    let source = contender.source(&tests) + USE;
    bench.written(id, &contender, &source, judge)
}
