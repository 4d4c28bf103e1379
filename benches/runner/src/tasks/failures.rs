//! A suite with a crash, a test that never ends, and three leaked threads: when is the report complete, and is it?

use super::Bench;
use crate::compare::{Entrant, Judge};
use crate::contender::{Contender, How, Test};
use crate::project::write;
use crate::report::Section;

/// The tests that have to be named as failed.
const BROKEN: [&str; 5] = ["crashes", "hangs", "leaks_a", "leaks_b", "leaks_c"];
const LEAK: &str = "std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_secs(600)));";
// A daemon, since Python waits for all others at its end.
const PYTHON_LEAK: &str = "import threading; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()";
/// Others that know a timeout. What is left runs tests on threads of one process without one, as libtest does.
const MORE: &[&str] = &["rstest", "test-r", "pytest-xdist"];
const NEXTEST: &str =
    "[profile.default]\nslow-timeout = { period = \"1s\", terminate-after = 1, grace-period = \"0s\" }\n";
/// Where the tests end themselves: nextest would kill those with leaks before they can say so.
const PATIENT_NEXTEST: &str = "[profile.default]\nslow-timeout = \"60s\"\n";

pub fn run(bench: &Bench) -> Vec<Section> {
    let mut tests = Test::many(20, "", "");
    let broken = [
        "std::process::abort();",
        "std::thread::sleep(std::time::Duration::from_secs(600));",
        LEAK,
        LEAK,
        LEAK,
    ];
    let python = [
        "import os; os.abort()",
        "time.sleep(600)",
        PYTHON_LEAK,
        PYTHON_LEAK,
        PYTHON_LEAK,
    ];
    for (name, (rust, python)) in BROKEN.iter().zip(broken.into_iter().zip(python)) {
        let mut test = Test::many(1, rust, python).remove(0);
        (*name).clone_into(&mut test.name);
        tests.push(test);
    }
    let mut entrants: Vec<_> = ["isolate", "isolate under nextest", "nextest", "rusty-fork", "libtest"]
        .iter()
        .chain(if bench.size.quick { &[][..] } else { MORE })
        .filter(|name| bench.takes(name))
        .map(|name| entrant(bench, name, &tests))
        .collect();
    let endless = [
        ("test-fork", "it knows no timeout, so its run wouldn't end"),
        ("sealed_test", "it knows no timeout, so its run wouldn't end"),
        (
            "pytest-forked",
            "it knows no timeout, and that of pytest-timeout ends the whole run",
        ),
    ];
    for (name, reason) in endless {
        if bench.takes(name) && !bench.size.quick {
            entrants.push(Bench::absent(name, Contender::named(name).gives, reason));
        }
    }
    vec![bench.compare(
        "failures",
        "20 good tests, a crash, a test that never ends (limit 1 s), 3 leaked threads",
        "Found: how many of the 5 are named as failed, and whether the 20 others passed. libtest ends at the crash and says \
         neither; it knows no timeout, so it would hang if the order were another. Those that aren't here run tests on threads \
         of one process, without a timeout, as libtest does.",
        &entrants,
    )]
}

fn entrant(bench: &Bench, name: &str, tests: &[Test]) -> Entrant {
    let contender = Contender::named(name);
    let mut source = contender.source(tests);
    if name == "rusty-fork" {
        source = source.replacen("! {\n", "! {\n#![rusty_fork(timeout_ms = 1000)]\n", 1);
    }
    source = source
        .replace(
            "#[rstest]\n",
            "#[rstest]\n#[timeout(std::time::Duration::from_secs(1))]\n",
        )
        .replace("#[test_r::test]\n", "#[test_r::timeout(1000)]\n#[test_r::test]\n");
    let mut entrant = bench.written("failures", contender, &source, found());
    if contender.how == How::Nextest {
        let config = if name == "nextest" { NEXTEST } else { PATIENT_NEXTEST };
        let written = write(
            &bench.places.project("failures", name),
            &[(".config/nextest.toml", config)],
        );
        entrant.suite = entrant
            .suite
            .and_then(|suite| written.map(|()| suite).map_err(|error| error.to_string()));
        entrant.arguments.push("--no-fail-fast".to_owned());
    }
    if let How::Pytest(_) = contender.how {
        // By groups it would wait for a worker that has crashed. The second `-v` makes up for the `-q` of all suites.
        let arguments = ["--dist", "load", "-v", "-v", "--timeout", "1"];
        entrant.arguments.extend(arguments.map(str::to_owned));
    }
    if let Ok(suite) = &mut entrant.suite {
        suite.variables.push(("ISOLATE_TIMEOUT".to_owned(), "1s".to_owned()));
    }
    entrant
}

/// Counts the tests that the report names as failed and as passed.
fn found() -> Judge {
    Box::new(|output, _| {
        let says = |name: &str, words: &[&str]| {
            output
                .lines()
                .any(|line| line.contains(name) && words.iter().any(|word| line.contains(word)))
        };
        let failed = BROKEN
            .iter()
            .filter(|name| says(name, &["FAILED", "FAIL ", "SIGABRT", "TIMEOUT", "TERMINATING", "ABORT"]));
        let passed = (0..20).filter(|number| says(&format!("t{number:05}"), &["... ok", "PASS"]));
        Ok(format!("{} of 5, {} of 20", failed.count(), passed.count()))
    })
}
