//! A test with a process of its own can do there whatever it likes, and is told about like any other.

use crate::nextest::nextest;
use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new(
    "own_process",
    &[("src/lib.rs", include_str!("projects/own_process.rs"))],
);
static CRASHES: Project = Project::new("crashes", &[("src/lib.rs", include_str!("projects/crashes.rs"))]);
static LEAKS: Project = Project::new("leaks", &[("src/lib.rs", include_str!("projects/leaks.rs"))]);
static OUTPUT: Project = Project::new("output", &[("src/lib.rs", include_str!("projects/output.rs"))]);
static RULES: Project = Project::new("rules", &[("src/lib.rs", include_str!("projects/rules.rs"))]);
static TIMEOUTS: Project = Project::new("timeouts", &[("src/lib.rs", include_str!("projects/timeouts.rs"))]);

/// Runs tests that know nothing of it in processes of their own, in one worker as long as it lives.
fn in_own_processes(project: &Project, tests: &[&str]) -> Outcome {
    let tests: Vec<_> = tests.iter().map(|test| format!("tests::{test}")).collect();
    let arguments = format!("--test-threads=1 --exact {}", tests.join(" "));
    let run = project.test(&arguments).env("ISOLATE_PROCESS", "1").finish();
    run.left_no_process();
    run
}

#[test]
fn nothing_that_a_test_changes_survives_it() {
    PROJECT.test("--test-threads=1 spoils_").finish().passed();
}

#[test]
fn a_module_and_the_run_say_it_for_all_and_a_test_for_itself() {
    let tests = "--test-threads=1 tests::spoiling tests::spoils_";
    for process in ["0", "1"] {
        let run = PROJECT.test(tests).env("ISOLATE_PROCESS", process).finish();
        // In the order of libtest, the second of these comes first in the worker that they share.
        run.failed(&["tests::spoiling::sees_its_neighbour"]);
        assert_eq!(run.tests("ok").len(), 4, "{run}");
    }
}

#[test]
fn an_unknown_default_is_an_error() {
    let run = PROJECT
        .test_one("tests::passes_1")
        .env("ISOLATE_PROCESS", "yes")
        .finish();
    run.failed(&["tests::passes_1"])
        .reports("tests::passes_1", &["ISOLATE_PROCESS=\"yes\" is not known", "`1`"]);
}

#[test]
fn inline_says_that_it_has_none() {
    let run = PROJECT.test("passes_").env("ISOLATE", "inline").finish();
    run.passed();
    assert_eq!(
        run.stderr
            .matches("under ISOLATE=inline, tests that ask for a process")
            .count(),
        1,
        "{run}"
    );
    let run = PROJECT.test("shares_its_process").env("ISOLATE", "inline").finish();
    run.passed().hides("ask for a process");
}

#[test]
fn nextest_gives_it_one_too() {
    let Some(run) = nextest(&PROJECT, 2, "spoils_|its_|the_main|exits_after|leaves_") else {
        return;
    };
    let run = run.finish();
    run.shows("5 tests run: 4 passed, 1 failed");
    run.shows("it ended its process, with exit code 0").left_nothing();
}

#[test]
fn its_only_thread_is_its_main_thread() {
    PROJECT
        .test_one("tests::the_main_thread_is_the_only_one")
        .finish()
        .passed();
    in_own_processes(&RULES, &["on_the_main_thread"]).passed();
}

#[test]
fn it_isnt_kept_on_a_core() {
    PROJECT
        .test_one("tests::runs_on_every_core_that_it_may")
        .finish()
        .passed();
}

#[test]
fn its_processes_end_with_it() {
    let run = PROJECT.test("--test-threads=1 --exact tests::leaves_processes tests::they_are_gone");
    run.finish().passed();
}

#[test]
fn its_worker_goes_on_after_it() {
    let tests = "tests::says_which_process_it_has tests::says_its_sibling";
    let run = PROJECT.test(&format!("--test-threads=1 --exact {tests}")).finish();
    run.passed();
    assert_eq!(run.file("worker"), run.file("sibling"), "{run}");
    assert_ne!(run.file("own"), run.file("worker"), "{run}");
}

#[test]
fn an_exit_that_claims_success_is_a_failure() {
    let tests = "tests::exits_after_its_output tests::passes_1 tests::passes_2";
    let run = PROJECT.test(&format!("--test-threads=1 --exact {tests}")).finish();
    run.failed(&["tests::exits_after_its_output"]).reports(
        "tests::exits_after_its_output",
        &[
            "without a newline",
            "src/lib.rs:",
            "it ended its process, with exit code 0: something called `exit`",
            "the rest of the suite isn't touched by it",
        ],
    );
    assert_eq!(run.tests("ok"), ["tests::passes_1", "tests::passes_2"], "{run}");
    run.left_nothing();
}

#[test]
fn a_copy_that_a_test_makes_of_its_process_is_not_the_test() {
    PROJECT.test_one("tests::dies_in_a_forked_process").finish().passed();
}

#[test]
fn crashes_fail_by_name() {
    let run = in_own_processes(
        &CRASHES,
        &[
            "passes_1",
            "segfaults",
            "aborts",
            "exits_with_3",
            "exits_at_once",
            "exits_from_a_thread",
            "overflows",
            "passes_2",
        ],
    );
    run.reports("tests::segfaults", &["before the fault", "SIGSEGV", "isn't touched"]);
    run.reports("tests::aborts", &["before the abort", "SIGABRT", "isn't touched"]);
    run.reports("tests::exits_with_3", &["exit code 3"]);
    run.reports("tests::exits_at_once", &["exit code 0"]);
    run.reports("tests::exits_from_a_thread", &["exit code 4"]);
    run.reports("tests::overflows", &["it overflowed its stack"]);
    assert_eq!(run.tests("ok"), ["tests::passes_1", "tests::passes_2"], "{run}");
    run.left_nothing();
}

#[test]
fn timeouts_show_the_stacks_of_its_threads_and_kill_its_tree() {
    let run = in_own_processes(
        &TIMEOUTS,
        &["has_threads", "leaves_processes", "passes_1", "sleeps", "stops_itself"],
    );
    run.reports(
        "tests::has_threads",
        &[" s, its timeout", "sleeping-helper", "sleep_deep_down"],
    )
    .reports(
        "tests::has_threads",
        &["spinning-helper", &TIMEOUTS.location("// SPIN")],
    );
    let (inner, outer) = (TIMEOUTS.location("// SLEEP"), TIMEOUTS.location("// SLEEPS"));
    run.reports(
        "tests::sleeps",
        &[
            "before the sleep",
            "runs the test",
            &inner,
            "sleep_deep_down",
            &outer,
            "sleeps",
        ],
    );
    run.reports("tests::stops_itself", &["before the stop", " s, its timeout"]);
    for name in ["child", "daemon"] {
        let id = run.file(name).trim().parse().unwrap();
        assert!(!crate::process::lives(id), "{name} lives\n{run}");
    }
    assert_eq!(run.tests("ok"), ["tests::passes_1"], "{run}");
    run.left_nothing();
}

#[test]
fn leaks_are_found() {
    let run = in_own_processes(
        &LEAKS,
        &[
            "leaks_named",
            "leaks_two",
            "panics_unjoined",
            "warned",
            "joins",
            "scopes",
            "ends_soon",
        ],
    );
    run.failed(&["tests::leaks_named", "tests::leaks_two", "tests::panics_unjoined"]);
    run.reports("tests::leaks_named", &["session-watcher", &LEAKS.location("// NAMED")]);
    run.shows("isolate: tests::warned warning");
    run.left_nothing();
}

#[test]
fn output_is_in_the_report_and_nowhere_else() {
    let run = in_own_processes(
        &OUTPUT,
        &[
            "quiet",
            "rust",
            "other_threads",
            "c",
            "children",
            "unfinished_line",
            "result",
        ],
    );
    for (test, text) in [
        ("rust", "rust, standard error\n"),
        ("rust", "rust is broken\n"),
        ("rust", &OUTPUT.location("// PANIC")),
        ("other_threads", "rust, another thread\n"),
        ("c", "c, printf 42\n"),
        ("c", "c, write\n"),
        ("children", "child, echo\n"),
    ] {
        assert_eq!(run.stdout.matches(text).count(), 1, "{text:?}\n{run}");
        run.reports(&format!("tests::{test}"), &[text]);
    }
    run.hides("never to be seen").left_nothing();
}

#[test]
fn what_should_panic_is_judged_as_ever() {
    let run = in_own_processes(
        &RULES,
        &[
            "panics_as_it_should",
            "panics_with_the_text",
            "panics_with_another_text",
            "does_not_panic",
            "crashes_where_it_should_panic",
            "exits_where_it_should_panic",
            "leaks_where_it_should_panic",
            "ends_with_ok",
            "ends_with_an_exit_code",
        ],
    );
    assert_eq!(
        run.tests("ok"),
        [
            "tests::ends_with_ok",
            "tests::panics_as_it_should",
            "tests::panics_with_the_text"
        ],
        "{run}"
    );
}
