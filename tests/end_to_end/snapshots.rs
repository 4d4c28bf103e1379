//! A test with a process of its own gets a copy of the fixtures that outlive it, and they stay what they were.

use crate::project::Project;

static PROJECT: Project = Project::new("snapshots", &[("src/lib.rs", include_str!("projects/snapshots.rs"))]);

/// What happened in which process, in order.
fn events(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(|line| line.rsplit_once(' ')).collect()
}

#[test]
fn a_fixture_is_built_once_copied_for_each_test_and_ended_once() {
    let run = PROJECT.test("--test-threads=1 copies_").finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 4, "{run}");
    let text = run.file("events");
    let events = events(&text);
    let (_, worker) = events[0];
    let of = |wanted: bool| -> Vec<&str> {
        let events = events.iter().filter(|(_, pid)| (*pid == worker) == wanted);
        events.map(|(what, _)| *what).collect()
    };
    assert_eq!(
        of(true),
        ["build rows", "end rows", "drop rows"],
        "of the worker\n{text}"
    );
    assert_eq!(
        of(false),
        ["build sum", "test", "end sum"].repeat(4),
        "of the tests\n{text}"
    );
    let mut processes: Vec<_> = events.iter().map(|(_, pid)| pid).collect();
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 5, "a process for each test\n{text}");
}

#[test]
fn a_crash_leaves_the_original_as_it_was() {
    let run = PROJECT
        .test("--test-threads=1 --exact tests::copies_1 tests::crashes tests::copies_2")
        .finish();
    run.failed(&["tests::crashes"]).reports("tests::crashes", &["SIGABRT"]);
    assert_eq!(run.file("events").matches("build rows").count(), 1, "{run}");
    assert_eq!(run.file("events").matches("end rows").count(), 1, "{run}");
}

#[test]
fn what_a_fixture_prints_is_in_the_report_of_the_test_that_it_was_built_for() {
    let run = PROJECT.test("--test-threads=1 --exact tests::crashes").finish();
    run.reports("tests::crashes", &["rows are built"]);
    assert_eq!(run.stdout.matches("rows are built").count(), 1, "{run}");
}

#[test]
fn a_value_that_stays_on_its_thread_is_copied_too() {
    PROJECT.test("--test-threads=1 main_thread_").finish().passed();
}

#[test]
fn a_group_has_its_own_original() {
    let run = PROJECT.test("--test-threads=2 group").finish();
    run.passed();
    assert_eq!(run.file("events").matches("build of_group").count(), 2, "{run}");
}

#[test]
fn a_fixture_with_threads_is_an_error_that_names_them() {
    let run = PROJECT.test("--test-threads=1 threads_").finish();
    let fixture = format!("belongs to fixture `pool` ({})", PROJECT.location("// POOL"));
    run.failed(&["tests::threads_1"]).reports(
        "tests::threads_1",
        &[
            "no process can be forked for this test: its worker has another thread",
            "thread `pool-0`",
            &format!("started at {}", PROJECT.location("// STARTED")),
            &fixture,
            "process = false",
        ],
    );
    assert_eq!(run.tests("ok").len(), 3, "{run}");
    run.left_nothing();
}

#[test]
fn a_fixture_that_does_not_bear_a_copy_says_why() {
    let run = PROJECT.test("--test-threads=1 refused").finish();
    run.failed(&["tests::refused", "tests::refused_by_the_way"]);
    let fixture = format!("fixture `listener` ({})", PROJECT.location("// LISTENER"));
    for test in ["tests::refused", "tests::refused_by_the_way"] {
        run.reports(
            test,
            &[&fixture, "its socket would be shared by all tests", "process = false"],
        );
    }
    run.reports(
        "tests::refused_by_the_way",
        &["fixture `client` (", "could not be built: ", &fixture],
    );
    assert_eq!(run.tests("ok"), ["tests::not_refused"], "{run}");
}

#[test]
fn a_fixture_that_can_not_be_built_fails_the_test() {
    let run = PROJECT.test_one("tests::cannot_be_built").finish();
    let fixture = format!(
        "fixture `broken` ({}) could not be built: it is broken",
        PROJECT.location("// BROKEN")
    );
    run.failed(&["tests::cannot_be_built"])
        .reports("tests::cannot_be_built", &["about to break", &fixture]);
}

#[test]
fn processes_of_a_fixture_outlive_the_copies() {
    let run = PROJECT.test("--test-threads=1 server_").finish();
    run.passed();
    assert_eq!(run.file("events").matches("end server").count(), 1, "{run}");
}
