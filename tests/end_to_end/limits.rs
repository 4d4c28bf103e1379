//! Tests that may use so much of the machine, and no more.

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("limits", &[("src/lib.rs", include_str!("projects/limits.rs"))]);

/// Reads why a test failed, as somebody with all privileges and as one without.
#[track_caller]
fn fails(test: &str, reason: &[&str]) -> Outcome {
    let test = format!("tests::{test}");
    let unprivileged = PROJECT.test_one(&test).unprivileged(100).finish();
    unprivileged.failed(&[&test]).reports(&test, reason).left_nothing();
    let run = PROJECT.test_one(&test).finish();
    run.failed(&[&test]).reports(&test, reason).left_nothing();
    run
}

#[track_caller]
fn passes(test: &str) {
    let test = format!("tests::{test}");
    let run = PROJECT.test_one(&test).finish();
    assert_eq!(run.passed().tests("ok"), [&test], "{run}");
    let run = PROJECT.test_one(&test).unprivileged(100).finish();
    assert_eq!(run.passed().tests("ok"), [&test], "{run}");
}

#[test]
fn too_much_memory() {
    let place = format!(
        "it needed more than 64 MiB of memory at {}",
        PROJECT.location("// too much")
    );
    fails(
        "takes_too_much_memory",
        &["before", &place, "tests::takes_too_much_memory"],
    );
    fails("takes_too_much_in_a_thread", &[&place]);
}

/// std's own backtrace finds no memory either.
#[test]
fn too_little_memory_for_a_backtrace() {
    let place = format!(
        "it needed more than 100 KiB of memory at {}",
        PROJECT.location("// too much")
    );
    let test = "tests::takes_too_much_of_very_little";
    let run = PROJECT.test_one(test).env("RUST_BACKTRACE", "1").finish();
    run.failed(&[test])
        .reports(test, &[&place, "raise `limits(memory = …)`"]);
}

#[test]
fn as_much_memory_as_it_may() {
    for test in [
        "takes_what_it_may",
        "stands_on_a_large_fixture",
        "copes_with_little_memory",
    ] {
        passes(test);
    }
}

#[test]
fn an_abort_has_its_own_reason() {
    let run = fails("aborts_for_another_reason", &["it aborted: ", "SIGABRT"]);
    run.hides("it needed more than");
}

#[test]
fn too_much_cpu_time() {
    let reason = ["it needed more than 1 s of CPU time at src/lib.rs:", "tests::spin"];
    fails("takes_too_long", &[reason[0], reason[1], "raise `limits(cpu = …)`"]);
    fails("takes_too_long_in_a_thread", &reason);
    passes("sleeps_longer");
}

#[test]
fn too_many_files() {
    let place = PROJECT.location("open().unwrap()).collect(); // one too many");
    let reason = format!("it needed more than 16 files open at the same time at {place}");
    fails("opens_too_many", &[&reason, "raise `limits(files = …)`"]);
    fails(
        "opens_too_many_and_says_so",
        &[
            "Too many open files",
            "it needed more than 16 files open at the same time",
        ],
    );
    passes("opens_what_it_may");
}

#[test]
fn too_many_processes() {
    let place = PROJECT.location("start().unwrap()).collect(); // one too many");
    let reason = format!("it needed more than 3 processes at the same time at {place}");
    fails("starts_too_many", &[&reason, "raise `limits(processes = …)`"]);
    fails(
        "starts_too_many_through_others",
        &["it needed more than 3 processes at the same time at "],
    );
    passes("starts_what_it_may");
}

#[test]
fn a_module_gives_limits() {
    let reason = "it needed more than 4 files open at the same time at src/lib.rs:";
    fails("modest::has_the_limits_of_its_module", &[reason]);
    passes("modest::has_its_own_limits");
    passes("modest::shares_a_process");
}

#[test]
fn limits_with_a_network_and_files() {
    passes("has_everything");
}

#[test]
fn inline_has_no_limits_and_says_so() {
    let run = PROJECT
        .test_one("tests::opens_too_many")
        .env("ISOLATE", "inline")
        .finish();
    run.passed()
        .shows("tests::opens_too_many warning")
        .shows("it ran without its limits");
}
