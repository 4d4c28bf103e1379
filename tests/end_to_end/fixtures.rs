//! Fixtures of a user's own: what a failing one says, and that each is built and ended when it should be.

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("fixtures", &[("src/lib.rs", include_str!("projects/fixtures.rs"))]);

/// Runs one test, and returns what its fixtures have noted.
fn run(test: &str) -> (Outcome, Vec<String>) {
    let run = PROJECT.test_one(test).finish();
    let events = events(&run);
    (run, events)
}

fn events(run: &Outcome) -> Vec<String> {
    run.file("events").lines().map(str::to_owned).collect()
}

const ALL: [&str; 3] = ["build first", "build second", "build third"];
const NONE: [&str; 3] = ["end third", "end second", "end first"];

#[test]
fn each_is_built_once_and_ended_in_reverse() {
    let (run, events) = run("order::passes");
    run.passed();
    assert_eq!(events, [&ALL[..], &["test"], &NONE].concat(), "{run}");
}

#[test]
fn a_panic_of_the_test_ends_them_all_the_same() {
    let (run, events) = run("order::panics");
    run.failed(&["order::panics"])
        .reports("order::panics", &["in the body"]);
    assert_eq!(events, [&ALL[..], &NONE].concat(), "{run}");
}

#[test]
fn a_panic_of_a_fixture_is_told_apart_from_one_of_the_test() {
    let (run, events) = run("building::panics");
    let fixture = format!(
        "fixture `panicking` ({}) panicked: in a fixture",
        line_before("// PANICKING")
    );
    run.failed(&["building::panics"])
        .reports("building::panics", &[&fixture]);
    assert_eq!(
        events,
        ["build first", "build second", "end second", "end first"],
        "{run}"
    );

    let test = "building::panics_elsewhere";
    let run = PROJECT.test_one(test).finish();
    run.failed(&[test]).reports(test, &["fixture `panicking` ("]);
}

#[test]
fn an_error_of_a_fixture_says_which() {
    let (run, events) = run("building::fails");
    let texts = [
        "fixture `failing` (src/lib.rs:",
        "could not be built: invalid digit found in string",
    ];
    run.failed(&["building::fails"]).reports("building::fails", &texts);
    assert_eq!(events, ["build first", "end first"], "{run}");

    for (test, texts) in [
        (
            "building::fails_without_display",
            ["fixture `silent` (", "could not be built: Silent"],
        ),
        (
            "building::fails_further_in",
            ["fixture `outer` (", "could not be built: fixture `failing` ("],
        ),
    ] {
        let run = PROJECT.test_one(test).finish();
        run.failed(&[test]).reports(test, &texts);
    }
}

#[test]
fn one_teardown_that_fails_stops_no_other() {
    for test in ["ending::fails", "ending::panics"] {
        let (run, events) = run(test);
        run.failed(&[test]).left_nothing();
        run.reports(
            test,
            &[
                "fixture `panicking` (src/lib.rs:",
                "its teardown panicked: in a teardown",
                "fixture `connection` (src/lib.rs:",
                "its teardown failed: the server is gone",
                "its verification failed: connection not closed",
            ],
        );
        let expected = [
            "build first",
            "build connection",
            "build panicking",
            "end panicking",
            "end connection",
            "end first",
        ];
        assert_eq!(events, expected, "{run}");
    }
    PROJECT
        .test_one("ending::panics")
        .finish()
        .reports("ending::panics", &["in the body"]);
}

#[test]
fn what_has_a_teardown_is_not_given_away() {
    let run = PROJECT.test_one("ending::wants_to_own").finish();
    run.failed(&["ending::wants_to_own"]);
    run.reports(
        "ending::wants_to_own",
        &["fixture `connection` (", "can't be given by value"],
    );
}

#[test]
fn a_worker_builds_its_own_once_and_ends_them_with_itself() {
    let run = PROJECT.test("--test-threads=2 worker::t").finish();
    run.passed().left_nothing();
    let events = events(&run);
    assert_eq!(
        events.iter().filter(|event| *event == "build first").count(),
        8,
        "{events:?}"
    );
    let mut apps: Vec<&String> = events.iter().filter(|event| event.starts_with("build app")).collect();
    apps.sort();
    let count = apps.len();
    apps.dedup();
    assert!((1..=2).contains(&count) && apps.len() == count, "{events:?}");
    for app in apps {
        let worker = app.trim_start_matches("build app ");
        let of_worker: Vec<&String> = events.iter().filter(|event| event.ends_with(worker)).collect();
        let expected = ["build app", "build window", "end window", "end app"].map(|what| format!("{what} {worker}"));
        assert_eq!(of_worker, expected.iter().collect::<Vec<_>>(), "{events:?}");
    }
}

#[test]
fn a_failure_at_the_end_of_a_worker_is_told() {
    let run = PROJECT.test_one("worker::fails_at_its_end").finish();
    assert!(
        run.stderr.contains("fixture `failing` (src/lib.rs:") && run.stderr.contains("the app is still running"),
        "{run}"
    );
}

#[test]
fn a_group_has_its_own() {
    for mode in ["", "inline"] {
        let run = PROJECT.test("--test-threads=1 group::").env("ISOLATE", mode).finish();
        run.passed().left_nothing();
        let mut events = events(&run);
        // One process after the other, where each group has one.
        events.sort_by_key(|event| event.rsplit(' ').next().and_then(|pid| pid.parse::<u32>().ok()));
        let events: Vec<&str> = events
            .iter()
            .filter_map(|event| event.rsplit_once(' '))
            .map(|(what, _)| what)
            .collect();
        let group = |test| ["build cache", test, test, "end cache"];
        assert_eq!(events, [group("test of a"), group("test of b")].concat(), "{run}");
    }
}

#[test]
fn without_workers_all_end_with_the_run() {
    let run = PROJECT
        .test("--test-threads=2 worker::t")
        .env("ISOLATE", "inline")
        .finish();
    run.passed().left_nothing();
    let events = events(&run);
    let apps: Vec<&str> = events
        .iter()
        .map(String::as_str)
        .filter(|event| !event.ends_with("first"))
        .collect();
    let expected = ["build app", "build window", "end window", "end app"].map(|what| format!("{what} of master 0"));
    assert_eq!(apps, expected, "{run}");
}

#[test]
fn what_stays_on_the_main_thread_is_for_tests_there() {
    let run = PROJECT.test("--test-threads=1 main_thread::").finish();
    let test = "main_thread::lacks_it";
    run.failed(&[test]);
    run.reports(
        test,
        &["fixture `window` (", "isn't `Send`", "#[isolated(main_thread)]"],
    );
    assert_eq!(run.tests("ok").len(), 2, "{run}");
}

/// The line before the one that ends in `marker`.
fn line_before(marker: &str) -> String {
    let location = PROJECT.location(marker);
    let (file, line) = location.split_once(':').unwrap();
    format!("{file}:{}", line.parse::<u32>().unwrap() - 1)
}
