//! A thread that outlives its test fails it, by the thread's name and the line that started it. Nobody else is accused.

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("leaks", &[("src/lib.rs", include_str!("projects/leaks.rs"))]);

const CLEAN: [&str; 5] = [
    "tests::catches_a_panic",
    "tests::ends_soon",
    "tests::joins",
    "tests::scopes",
    "tests::shuts_a_pool_down",
];

/// Runs the test before clean ones on the same test thread, and expects it to be the only one accused.
#[track_caller]
fn is_found(test: &str, texts: &[&str]) -> Outcome {
    let test = format!("tests::{test}");
    let run = PROJECT
        .test(&format!("--test-threads=1 --exact {test} {}", CLEAN.join(" ")))
        .finish();
    run.failed(&[&test]).left_nothing();
    for text in texts {
        run.reports(&test, &[text]);
    }
    assert_eq!(run.tests("ok"), CLEAN, "the others are clean\n{run}");
    run
}

#[test]
fn an_unnamed_thread() {
    is_found("leaks_unnamed", &[&PROJECT.location("// UNNAMED"), "leaks_unnamed"]);
}

#[test]
fn a_named_thread() {
    is_found(
        "leaks_named",
        &["session-watcher", &PROJECT.location("// NAMED"), "start_watcher"],
    );
}

#[test]
fn a_thread_of_a_thread() {
    is_found("leaks_nested", &["grandchild", &PROJECT.location("// NESTED")]);
}

#[test]
fn a_thread_that_sleeps() {
    is_found(
        "leaks_sleeping",
        &["sleeper", &PROJECT.location("// SLEEPING"), "sleep"],
    );
}

#[test]
fn a_thread_that_spins() {
    is_found("leaks_spinning", &["spinner", &PROJECT.location("// SPINNING")]);
}

#[test]
fn each_of_two_threads() {
    let (first, second) = (PROJECT.location("// FIRST"), PROJECT.location("// SECOND"));
    is_found("leaks_two", &["first-of-two", &first, "second-of-two", &second]);
}

#[test]
fn a_thread_started_in_c() {
    is_found("leaks_through_c", &[&PROJECT.location("// THROUGH C")]);
}

#[test]
fn a_thread_started_on_the_main_thread() {
    is_found("leaks_on_the_main_thread", &["from-main", &PROJECT.location("// MAIN")]);
}

#[test]
fn a_thread_started_in_a_drop() {
    is_found("leaks_in_a_drop", &["late", &PROJECT.location("// LATE")]);
}

#[test]
fn a_thread_started_in_a_fixture() {
    let run = is_found(
        "leaks_in_a_fixture",
        &[&format!("{} (leaks::tests::poller)", PROJECT.location("// POLLER"))],
    );
    run.hides("FixtureFunction");
}

#[test]
fn a_leak_of_a_failed_test_is_shown_beside_its_failure() {
    is_found(
        "leaks_and_fails",
        &["for another reason", "unlucky", &PROJECT.location("// UNLUCKY")],
    );
}

#[test]
fn a_panic_in_a_thread_that_nobody_joined() {
    is_found(
        "panics_unjoined",
        &["doomed", "nobody hears me", &PROJECT.location("// DOOMED")],
    );
}

#[test]
fn clean_tests_are_not_accused() {
    for threads in [1, 4, 8] {
        let run = PROJECT
            .test(&format!("--test-threads={threads} --exact {}", CLEAN.join(" ")))
            .finish();
        run.passed();
        assert_eq!(run.tests("ok").len(), CLEAN.len(), "{run}");
    }
}

#[test]
fn a_plain_test_is_not_looked_at() {
    PROJECT.test("plain_test_with_a_thread joins").finish().passed();
}

#[test]
fn warn_says_it_and_passes() {
    let run = PROJECT.test_one("tests::warned").finish();
    run.passed()
        .shows("tests::warned")
        .shows("tolerated")
        .shows(&PROJECT.location("// TOLERATED"));
}

#[test]
fn off_looks_away() {
    PROJECT
        .test("--show-output --exact tests::not_looked_at")
        .finish()
        .passed()
        .hides("invisible");
}

#[test]
fn the_successor_of_a_worker_with_leaks_starts_clean() {
    let run = PROJECT.test("--test-threads=2 tests::").finish();
    let mut failed = run.tests("FAILED");
    failed.retain(|test| !test.starts_with("tests::leaks_") && *test != "tests::panics_unjoined");
    assert!(failed.is_empty(), "{failed:?}\n{run}");
    assert_eq!(run.tests("FAILED").len(), 12, "{run}");
    run.left_nothing();
}

#[test]
fn inline_finds_leaks_as_well() {
    let run = PROJECT
        .test("--exact tests::leaks_named tests::joins")
        .env("ISOLATE", "inline")
        .finish();
    run.failed(&["tests::leaks_named"]);
    run.reports("tests::leaks_named", &["session-watcher"]);
    run.reports("tests::leaks_named", &[&PROJECT.location("// NAMED")]);
}
