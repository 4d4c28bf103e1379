//! The built-in fixtures: what they report when a test has ended, and how they fare in every kind of run.

use crate::nextest::nextest;
use crate::project::Project;

static PROJECT: Project = Project::new("builtin", &[("src/lib.rs", include_str!("projects/builtin.rs"))]);

#[test]
fn failed_cleanups_are_all_reported_by_name() {
    let run = PROJECT.test_one("tests::tracker_collects").finish();
    run.failed(&["tests::tracker_collects"]);
    run.reports(
        "tests::tracker_collects",
        &[
            "the test itself is through\ncleaned up: newest\n",
            "cleaned up: oldest\n",
            "isolate: tests::tracker_collects failed (src/lib.rs:",
            "\n  the clean-up of `child` (tracked at src/lib.rs:",
            ") failed: the process had already ended: exit status: 3\n",
            "\n  the clean-up of `thread` (tracked at src/lib.rs:",
            ") failed: its thread panicked: deep inside\n",
            "\n  the clean-up of `panics` (tracked at src/lib.rs:",
            ") panicked: assertion `left == right` failed: not what it was\n",
            &format!(
                "\n  the clean-up of `fails` (tracked at {}:",
                PROJECT.location("// FAILS")
            ),
            ") failed: no permission\n",
        ],
    );
    run.left_no_process();
}

#[test]
fn cleanups_run_after_a_panic() {
    let run = PROJECT.test_one("tests::tracker_after_a_panic").finish();
    run.failed(&["tests::tracker_after_a_panic"]);
    run.reports("tests::tracker_after_a_panic", &["half-way\n", "cleaned up: one\n"]);
    run.hides("the clean-up of");
}

#[test]
fn a_panic_in_a_cleanup_is_not_the_one_that_the_test_should_have() {
    let run = PROJECT.test_one("tests::tracker_under_should_panic").finish();
    run.failed(&["tests::tracker_under_should_panic"]);
    run.reports(
        "tests::tracker_under_should_panic",
        &[
            "the clean-up of `panics` (tracked at src/lib.rs:",
            ") panicked: as expected, but too late\n",
        ],
    );
}

#[test]
fn mocks_that_are_not_content_fail_the_test() {
    let run = PROJECT.test("--test-threads=1 mocks_").finish();
    run.failed(&["tests::mocks_complain"]);
    run.reports(
        "tests::mocks_complain",
        &[
            "\n  mock `disk` (registered at src/lib.rs:",
            "): its verification failed: two writes too many\n",
            "\n  mock `server` (registered at src/lib.rs:",
            "): its verification panicked: assertion `left == right` failed: calls of the server\n",
        ],
    );
    assert_eq!(run.tests("ok"), ["tests::mocks_put_back"], "{run}");
}

#[test]
fn threads_that_panic_or_do_not_end_fail_the_test() {
    let run = PROJECT.test_one("tests::threads_complain").finish();
    run.failed(&["tests::threads_complain"]);
    run.reports(
        "tests::threads_complain",
        &[
            // Where it is now.
            "1 thread was still running after the test\n    thread `deaf` (tid ",
            "\n  thread `deaf` (started at src/lib.rs:",
            ") did not end within 100ms of being asked to stop\n",
            &format!("\n  thread `broken` (started at {}:", PROJECT.location("// BROKEN")),
            ") panicked: in the background\n",
        ],
    );
    run.hides("`fine`").left_no_process();
}

#[test]
fn threads_are_stopped_after_a_panic() {
    let run = PROJECT.test_one("tests::threads_are_stopped_after_a_panic").finish();
    run.failed(&["tests::threads_are_stopped_after_a_panic"]);
    run.reports(
        "tests::threads_are_stopped_after_a_panic",
        &["half-way\n", "woken up\n"],
    );
    run.hides("still running");
}

#[test]
fn a_directory_that_is_gone_is_told_and_no_other_test_suffers() {
    let run = PROJECT
        .test("--test-threads=1 --exact tests::env_complains tests::env_is_as_before")
        .finish();
    run.failed(&["tests::env_complains"]);
    run.reports(
        "tests::env_complains",
        &[
            "\n  `env`: the current directory can't be ",
            "/elsewhere again: it was moved or removed\n",
        ],
    );
    assert_eq!(run.tests("ok"), ["tests::env_is_as_before"], "{run}");
    PROJECT.test_one("tests::env_finds_its_way_back").finish().passed();
    let run = PROJECT.test_one("tests::env_can_not_go_nowhere").finish();
    run.failed(&["tests::env_can_not_go_nowhere"]);
    run.reports(
        "tests::env_can_not_go_nowhere",
        &["cannot change to /nowhere: No such file or directory"],
    );
}

#[test]
fn a_wait_in_vain_speaks_before_the_timeout_does() {
    let run = PROJECT.test_one("tests::waits_in_vain").finish();
    let place = PROJECT.location("// VAIN");
    run.failed(&["tests::waits_in_vain"]);
    run.reports(
        "tests::waits_in_vain",
        &[
            &format!("panicked at {place}:"),
            "in vain for the server (at ",
            &place,
            "\n  last seen: \"connection refused\"\n",
        ],
    );
    run.hides("its timeout");
}

const CAPTURING: &str = "--exact tests::captures tests::captures_one_stream tests::captures_nothing_of_others tests::captures_the_ends_of_a_flood";

#[test]
fn output_can_be_read_while_the_test_runs() {
    let run = PROJECT.test(&format!("--test-threads=1 {CAPTURING}")).finish();
    run.passed().hides("rust, c 7");
    assert_eq!(run.tests("ok").len(), 4, "{run}");
}

#[test]
fn output_that_was_read_is_still_in_the_report() {
    let run = PROJECT.test_one("tests::captures_and_fails").finish();
    run.failed(&["tests::captures_and_fails"]);
    run.reports(
        "tests::captures_and_fails",
        &["before the failure\n", "left: \"before the failure\\n\""],
    );
    assert_eq!(run.stdout.matches("\nbefore the failure\n").count(), 1, "{run}");

    let run = PROJECT.test_one("tests::captures_and_dies").finish();
    run.failed(&["tests::captures_and_dies"]);
    run.reports("tests::captures_and_dies", &["before the death\n", "SIGABRT"]);
}

#[test]
fn output_can_be_read_without_capture() {
    let run = PROJECT
        .test(&format!("--nocapture --test-threads=1 {CAPTURING}"))
        .finish();
    run.passed().shows("rust, c 7, child\nerror\nrust error\nthread\n");
    assert_eq!(run.stdout.matches("rust, c 7").count(), 1, "it streams once\n{run}");
}

#[test]
fn output_can_be_read_under_nextest() {
    let Some(run) = nextest(&PROJECT, 2, "captures(_one|_nothing|_the_ends|_and_fails|$)") else {
        return;
    };
    let run = run.finish();
    assert!(run.stderr.contains("4 passed, 1 failed"), "{run}");
    run.shows("before the failure\n").left_nothing();
}

#[test]
fn attempts_of_nextest_are_counted() {
    let run = PROJECT.test_one("tests::passes_when_it_is_tried_again").finish();
    run.failed(&["tests::passes_when_it_is_tried_again"]);
    run.reports("tests::passes_when_it_is_tried_again", &["left: 1\n"]);
    if nextest(&PROJECT, 1, "").is_some() {
        let run = PROJECT.cargo("nextest run --lib --retries 1 passes_when_it_is_tried_again");
        let run = run.finish();
        assert!(run.stderr.contains("1 passed (1 flaky)"), "{run}");
    }
}

#[test]
fn output_can_be_read_inline_if_libtest_lets_it_out() {
    let run = PROJECT.test(&format!("--nocapture --test-threads=1 {CAPTURING}"));
    let run = run.env("ISOLATE", "inline").finish();
    run.passed().shows("rust, c 7, child\nerror\nrust error\nthread\n");

    let run = PROJECT.test_one("tests::captures").env("ISOLATE", "inline").finish();
    run.failed(&["tests::captures"]);
    run.reports(
        "tests::captures",
        &[
            "`capture` can't read what the test prints: under ISOLATE=inline, libtest keeps it to itself\n",
            "run it with `--nocapture`",
        ],
    );
}

#[test]
fn seeds_are_the_same_in_every_run_unless_told_otherwise() {
    let seed = |value: Option<&str>| {
        let mut run = PROJECT.test_one("tests::tells_its_seed").env("ISOLATE_TIMEOUT", "77s");
        if let Some(value) = value {
            run = run.env("ISOLATE_SEED", value);
        }
        let run = run.finish();
        run.failed(&["tests::tells_its_seed"]);
        run.reports(
            "tests::tells_its_seed",
            &[" of tests::tells_its_seed\n", "timeout 77s\n"],
        );
        let report = run.report("tests::tells_its_seed");
        report
            .lines()
            .find(|line| line.starts_with("seed "))
            .expect("it prints it")
            .to_owned()
    };
    let default = seed(None);
    assert_eq!(default, seed(None));
    assert_ne!(default, seed(Some("42")));
    assert_eq!(seed(Some("42")), seed(Some("42")));
}
