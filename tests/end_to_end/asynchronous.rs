//! Async tests and fixtures: what they leave behind is found, and how they fail is told.

use crate::project::Project;

static PROJECT: Project = Project::with_tokio(
    "asynchronous",
    &[("src/lib.rs", include_str!("projects/asynchronous.rs"))],
);

#[test]
fn a_task_that_outlives_its_test_fails_it() {
    let run = PROJECT.test("--test-threads=1 --exact leaves_a_task is_clean").finish();
    run.failed(&["leaves_a_task"]).left_nothing();
    run.reports(
        "leaves_a_task",
        &[
            "1 tokio task was still running after the test, and cancelled",
            "tokio_unstable",
            "await or abort it before the test ends",
            "leaks(tasks = \"warn\")",
        ],
    );
    assert_eq!(run.tests("ok"), ["is_clean"], "{run}");
}

#[test]
fn a_task_that_is_allowed_is_told() {
    let run = PROJECT.test_one("is_warned_of_tasks").finish();
    run.passed()
        .shows("2 tokio tasks were still running after the test, and cancelled");
}

#[test]
fn a_thread_that_a_runtime_lent_is_a_leak_if_it_goes_on() {
    let run = PROJECT.test_one("leaves_a_thread").finish();
    run.failed(&["leaves_a_thread"]).left_nothing();
    let location = PROJECT.location("// BLOCKED");
    run.reports(
        "leaves_a_thread",
        &["1 thread was still running after the test", &location],
    );
}

#[test]
fn an_async_teardown_runs_after_a_panic() {
    let run = PROJECT.test_one("panics").finish();
    run.failed(&["panics"]);
    let texts = [
        "in the body",
        "the server ends",
        "fixture `server` (src/lib.rs:",
        "its teardown failed: the server doesn't answer",
    ];
    run.reports("panics", &texts);
}

#[test]
fn an_async_fixture_that_fails_says_why() {
    let run = PROJECT.test_one("is_failed_by_a_fixture").finish();
    run.failed(&["is_failed_by_a_fixture"]);
    run.reports(
        "is_failed_by_a_fixture",
        &["fixture `failing` (", "could not be built: no such host"],
    );
}

#[test]
fn an_async_test_that_hangs_shows_where() {
    let run = PROJECT.test_one("hangs").finish();
    run.failed(&["hangs"]).left_nothing();
    run.reports("hangs", &[&PROJECT.location("// HANGS"), "wait_for_what_never_comes"]);
}

#[test]
fn what_outlives_a_test_goes_on_until_its_worker_ends() {
    for mode in ["", "inline"] {
        let run = PROJECT.test("shares::").env("ISOLATE", mode).finish();
        run.passed().left_nothing();
        assert_eq!(run.file("sum"), "3", "{run}");
    }
}
