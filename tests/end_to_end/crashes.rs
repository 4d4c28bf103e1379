//! A test that takes its process down fails by name, says how, and the rest of the suite goes on.

use crate::project::Project;

static PROJECT: Project = Project::new("crashes", &[("src/lib.rs", include_str!("projects/crashes.rs"))]);

const PASSING: [&str; 5] = [
    "tests::passes_1",
    "tests::passes_2",
    "tests::passes_3",
    "tests::passes_4",
    "tests::plain",
];

/// Runs the test among others, on one thread so that they share its worker, and reads the reason.
#[track_caller]
fn fails_alone(test: &str, reason: &[&str]) {
    let test = format!("tests::{test}");
    let run = PROJECT
        .test(&format!("--test-threads=1 --exact {test} {}", PASSING.join(" ")))
        .finish();
    run.failed(&[&test]).reports(&test, reason);
    assert_eq!(run.tests("ok"), PASSING, "the rest passes\n{run}");
    run.left_nothing();
}

#[test]
fn a_segmentation_fault() {
    fails_alone("segfaults", &["before the fault", "SIGSEGV"]);
}

#[test]
fn an_abort() {
    fails_alone("aborts", &["before the abort", "SIGABRT"]);
}

#[test]
fn an_exit_that_claims_success() {
    fails_alone("exits_with_0", &["before the exit", "exit", "0"]);
}

#[test]
fn an_exit_with_a_code() {
    fails_alone("exits_with_3", &["exit", "3"]);
}

#[test]
fn an_exit_without_handlers() {
    fails_alone("exits_at_once", &["exit", "0"]);
}

#[test]
fn an_exit_from_another_thread() {
    fails_alone("exits_from_a_thread", &["exit", "4"]);
}

#[test]
fn a_stack_overflow() {
    fails_alone(
        "overflows",
        &["thread 'tests::overflows' ", "has overflowed its stack", "SIGABRT"],
    );
}

#[test]
fn a_stack_overflow_in_another_thread() {
    fails_alone("overflows_in_a_thread", &["has overflowed its stack", "SIGABRT"]);
}

#[test]
fn a_kill() {
    fails_alone("is_killed", &["SIGKILL"]);
}

#[test]
fn a_termination() {
    fails_alone("is_terminated", &["SIGTERM"]);
}

#[test]
fn a_panic_while_panicking() {
    fails_alone("panics_while_panicking", &["first panic", "second panic", "SIGABRT"]);
}

#[test]
fn a_fault_on_the_main_thread() {
    fails_alone("segfaults_on_the_main_thread", &["SIGSEGV"]);
}

#[test]
fn a_worker_without_descriptors() {
    fails_alone("closes_every_descriptor", &[]);
}

#[test]
fn an_exit_when_the_test_is_over_and_its_threads_are_not() {
    fails_alone("exits_a_little_later", &["exit", "0"]);
}

#[test]
fn a_fork_that_returns() {
    fails_alone("forks_and_returns", &["of the parent"]);
}

#[test]
fn all_of_them_at_once() {
    let run = PROJECT.test("--test-threads=4").finish();
    let ok = run.tests("ok");
    assert!(PASSING.iter().all(|test| ok.contains(test)), "the rest passes\n{run}");
    assert_eq!(run.tests("FAILED").len(), 15, "{run}");
    assert_eq!(ok.len(), PASSING.len(), "{run}");
    run.left_nothing();
}
