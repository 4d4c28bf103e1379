//! Builds with a sanitizer. AddressSanitizer brings LeakSanitizer along.

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("sanitizers", &[("src/lib.rs", include_str!("projects/sanitizers.rs"))]);

/// Runs tests of a module in such a build. Stable compilers have the sanitizers as well, and only don't say so.
fn run(module: &str, options: &str) -> Outcome {
    let mut run = PROJECT.cargo("test --lib");
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    // With a target of its own, build scripts and macros are compiled without the sanitizer.
    run.args(["--target", &target, "--", &format!("tests::{module}::")]);
    run.env("RUSTFLAGS", "-Zsanitizer=address")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("ASAN_OPTIONS", options)
        .finish()
}

#[test]
fn what_is_still_referred_to_is_not_lost() {
    let run = run("keeps", "");
    run.passed();
    assert!(!run.stderr.contains("LeakSanitizer"), "{run}");
}

#[test]
fn lost_memory_fails_the_test_that_lost_it() {
    let outcome = run("loses", "");
    outcome.failed(&["tests::loses::alone", "tests::loses::among_others"]);
    for test in ["tests::loses::alone", "tests::loses::among_others"] {
        outcome.reports(
            test,
            &[
                "Direct leak of 1234 byte(s) in 1 object(s)",
                "in sanitizers::tests::loses::",
                "it lost memory: LeakSanitizer's report stands above",
            ],
        );
    }
    run("loses", "detect_leaks=0").passed();
}

#[test]
fn a_use_after_free_fails_its_test() {
    let run = run("uses", "");
    run.failed(&["tests::uses::after_free", "tests::uses::after_free_alone"]);
    for test in ["tests::uses::after_free", "tests::uses::after_free_alone"] {
        run.reports(
            test,
            &[
                "ERROR: AddressSanitizer: heap-use-after-free",
                "AddressSanitizer ended its process: its report stands above",
            ],
        );
    }
}
