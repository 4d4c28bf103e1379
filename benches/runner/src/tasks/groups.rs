//! Tests of one group, which exclude each other, mixed with free ones: does the group block those that could run?

use super::{Bench, at_a_time};
use crate::compare::passes;
use crate::contender::{Contender, Test};
use crate::project::write;
use crate::report::Section;

const WORKERS: usize = 4;

pub fn run(bench: &Bench) -> Vec<Section> {
    let (count, milliseconds) = if bench.size.quick { (40, 50) } else { (80, 100) };
    let mut tests = Test::many(
        count,
        &format!("std::thread::sleep(std::time::Duration::from_millis({milliseconds}));"),
        &format!("time.sleep({milliseconds} / 1000)"),
    );
    // A quarter of the work is the group's: as much as one of four workers does, so the optimum leaves nobody idle. Its
    // tests follow each other, as those of a module do.
    for test in &mut tests[count / 4..count / 2] {
        test.grouped = true;
    }
    let nextest = "[test-groups.grouped]\nmax-threads = 1\n\n[[profile.default.overrides]]\n\
                   filter = \"test(/grouped_/)\"\ntest-group = \"grouped\"\n";
    let entrants: Vec<_> = [
        "isolate",
        "serial_test",
        "nextest",
        "isolate under nextest",
        "pytest-xdist",
        "skuld",
        "test-r",
    ]
    .into_iter()
    // The quick form keeps to those that are quick.
    .filter(|name| bench.takes(name) && !(bench.size.quick && ["skuld", "test-r"].contains(name)))
    .map(|name| {
        let contender = Contender::named(name);
        let mut entrant = bench.entrant("groups", contender, &tests, passes(count));
        if name == "nextest" {
            let written = write(
                &bench.places.project("groups", name),
                &[(".config/nextest.toml", nextest)],
            );
            entrant.suite = entrant
                .suite
                .and_then(|suite| written.map(|()| suite).map_err(|error| error.to_string()));
        }
        entrant.arguments = at_a_time(contender, WORKERS);
        entrant
    })
    .collect();
    vec![bench.compare(
        "groups",
        &format!("{count} tests of {milliseconds} ms on {WORKERS} workers, a quarter of them in one group"),
        &format!(
            "The optimum is {:.2} s.",
            f64::from(u32::try_from(count * milliseconds / WORKERS).expect("small")) / 1000.0
        ),
        &entrants,
    )]
}
