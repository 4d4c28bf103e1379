//! The same suite on more and more workers.

use super::{Bench, at_a_time};
use crate::compare::{Entrant, passes};
use crate::contender::{Contender, Test};
use crate::report::Section;

const TESTS: usize = 64;
/// kitest can't be told how many at a time.
const SLEEPERS: [&str; 3] = ["libtest-mimic", "test-r", "pytest-xdist"];

pub fn run(bench: &Bench) -> Vec<Section> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let sleeping = Test::many(
        TESTS,
        "std::thread::sleep(std::time::Duration::from_millis(20));",
        "time.sleep(0.02)",
    );
    let busy = "let start = std::time::Instant::now();\nlet mut sum = 0_u64;\n\
                for number in 0..1_000_000_u64 { sum = std::hint::black_box(sum.wrapping_add(number)); }\n\
                let _ = (start, sum);";
    let busy = Test::many(TESTS, busy, "");
    let mut sections = Vec::new();
    for workers in [1, 2, 4, 8, 16] {
        let ideal = 0.02 * f64::from(u32::try_from(TESTS / workers).expect("small"));
        sections.push(suite(
            bench,
            "sleeping",
            &sleeping,
            workers,
            &format!("The optimum is {ideal:.2} s."),
        ));
    }
    for workers in [1, 2, 4, 8].into_iter().filter(|&workers| workers <= cores) {
        sections.push(suite(bench, "busy", &busy, workers, ""));
    }
    sections
}

fn suite(bench: &Bench, kind: &str, tests: &[Test], workers: usize, note: &str) -> Section {
    // Peers that differ in how they wait, not in how they compute.
    let more: &[&str] = if kind == "sleeping" { &SLEEPERS } else { &[] };
    let entrants: Vec<Entrant> = ["libtest", "isolate", "nextest"]
        .iter()
        .chain(more)
        .filter(|name| bench.takes(name))
        .map(|name| {
            let contender = Contender::named(name);
            let mut entrant = bench.entrant(&format!("scaling-{kind}"), contender, tests, passes(TESTS));
            entrant.arguments = at_a_time(contender, workers);
            entrant
        })
        .collect();
    let length = if kind == "busy" {
        "of equal work"
    } else {
        "that sleep 20 ms"
    };
    bench.compare(
        &format!("scaling-{kind}-{workers}"),
        &format!("{TESTS} tests {length}, {workers} at a time"),
        note,
        &entrants,
    )
}
