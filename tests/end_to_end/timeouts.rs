//! A test past its time fails with the stack of every thread, its processes are gone, and the suite goes on.

use std::time::Duration;

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("timeouts", &[("src/lib.rs", include_str!("projects/timeouts.rs"))]);

#[track_caller]
fn times_out(test: &str, texts: &[&str]) -> Outcome {
    let test = format!("tests::{test}");
    let run = PROJECT
        .test(&format!(
            "--test-threads=1 --exact {test} tests::passes_1 tests::passes_2"
        ))
        .finish();
    run.failed(&[&test])
        .reports(&test, &[" s, its timeout"])
        .reports(&test, texts);
    assert_eq!(
        run.tests("ok"),
        ["tests::passes_1", "tests::passes_2"],
        "the rest passes\n{run}"
    );
    assert!(run.elapsed < Duration::from_secs(40), "in time\n{run}");
    run.left_nothing();
    run
}

#[test]
fn a_test_that_sleeps() {
    let (inner, outer) = (PROJECT.location("// SLEEP"), PROJECT.location("// SLEEPS"));
    times_out(
        "sleeps",
        &["before the sleep", &inner, "sleep_deep_down", &outer, "sleeps"],
    );
}

#[test]
fn a_test_that_spins() {
    let (inner, outer) = (PROJECT.location("// SPIN"), PROJECT.location("// SPINS"));
    times_out("spins", &[&inner, "spin", &outer, "spins"]);
}

#[test]
fn every_thread_has_its_stack() {
    let run = times_out("has_threads", &[]);
    run.reports("tests::has_threads", &["sleeping-helper", "sleep_deep_down"]);
    run.reports(
        "tests::has_threads",
        &["spinning-helper", &PROJECT.location("// SPIN"), "spin"],
    );
    run.reports("tests::has_threads", &["tests::has_threads", "sleep_deep_down"]);
}

#[test]
fn stacks_are_readable_when_a_new_build_has_replaced_the_program() {
    let (directory, binary) = PROJECT.copied_binary();
    let run = PROJECT
        .run_of(&binary, "--test-threads=2 replaces_the_program")
        .env("E2E_PROGRAM", &binary)
        .finish();
    for test in ["tests::replaces_the_program_1", "tests::replaces_the_program_2"] {
        run.reports(test, &[&PROJECT.location("// SLEEP"), "sleep_deep_down", test]);
    }
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 0, "neither the program nor a link to it\n{run}");
}

#[test]
fn a_test_on_the_main_thread() {
    times_out(
        "sleeps_on_the_main_thread",
        &["sleep_deep_down", &PROJECT.location("// MAIN")],
    );
}

#[test]
fn a_test_that_blocks_every_signal() {
    times_out("blocks_every_signal", &[]);
}

#[test]
fn a_test_that_stops_its_process() {
    times_out("stops_itself", &["before the stop"]);
}

#[test]
fn a_test_with_a_process_tree() {
    let run = times_out("leaves_processes", &[]);
    for name in ["child", "daemon"] {
        let id = run.file(name).trim().parse().unwrap();
        assert!(!crate::process::lives(id), "{name} lives\n{run}");
    }
}

#[test]
fn the_process_tree_is_gone_when_the_next_test_runs() {
    let tests = "--exact tests::leaves_processes tests::looks_for_the_processes";
    let run = PROJECT.test(&format!("--test-threads=1 {tests}")).finish();
    run.failed(&["tests::leaves_processes"]);
}

#[test]
fn a_test_that_should_have_panicked() {
    times_out("should_panic_and_sleeps", &[]);
}

#[test]
fn a_test_that_hangs_when_it_is_over() {
    times_out("sleeps_in_teardown", &["sleep_deep_down"]);
}

#[test]
fn a_test_without_a_timeout_has_the_runs() {
    let run = PROJECT
        .test_one("tests::sleeps_without_a_timeout")
        .env("ISOLATE_TIMEOUT", "300ms")
        .finish();
    run.failed(&["tests::sleeps_without_a_timeout"])
        .reports("tests::sleeps_without_a_timeout", &["300 ms"]);
    run.left_nothing();
}

#[test]
fn a_tests_own_timeout_wins() {
    PROJECT
        .test_one("tests::passes_in_time")
        .env("ISOLATE_TIMEOUT", "1ms")
        .finish()
        .passed();
}

#[test]
fn a_timeout_that_is_none_is_an_error_that_says_how_to_write_it() {
    let run = PROJECT
        .test_one("tests::passes_1")
        .env("ISOLATE_TIMEOUT", "soon")
        .finish();
    run.failed(&["tests::passes_1"])
        .shows("ISOLATE_TIMEOUT")
        .shows("soon")
        .shows("500ms")
        .left_nothing();
}

#[test]
fn tests_in_time_pass() {
    PROJECT.test("--exact tests::passes_in_time").finish().passed();
}

#[test]
fn all_of_them_at_once() {
    let run = PROJECT
        .test("--test-threads=4 --skip looks_for")
        .env("ISOLATE_TIMEOUT", "3s")
        .finish();
    assert_eq!(run.tests("ok").len(), 5, "{run}");
    assert_eq!(run.tests("FAILED").len(), 10, "{run}");
    run.left_no_process();
}
