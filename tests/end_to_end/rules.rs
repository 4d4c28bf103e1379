//! What libtest promises of a test holds for an isolated one.

use crate::project::Project;

static PROJECT: Project = Project::new("rules", &[("src/lib.rs", include_str!("projects/rules.rs"))]);

#[track_caller]
fn passes(test: &str) {
    let test = format!("tests::{test}");
    let run = PROJECT.test_one(&test).finish();
    run.passed();
    assert_eq!(run.tests("ok"), [test], "{run}");
}

#[track_caller]
fn fails(test: &str, texts: &[&str]) {
    let test = format!("tests::{test}");
    let run = PROJECT.test_one(&test).finish();
    run.failed(&[&test]).reports(&test, texts).left_nothing();
}

#[test]
fn main_thread_tests_run_on_the_main_thread() {
    passes("on_the_main_thread");
    fails(
        "on_the_main_thread_and_fails",
        &["seen on the main thread", "main threads are broken"],
    );
}

#[test]
fn other_tests_run_on_a_thread_named_after_them() {
    passes("on_a_thread_of_its_own");
}

#[test]
fn a_test_that_should_panic_and_does_passes() {
    passes("panics_as_it_should");
    passes("panics_with_the_text");
}

#[test]
fn a_test_that_panics_with_another_text_fails() {
    let texts = ["the disk is gone", "panic did not contain expected string", "is full"];
    fails("panics_with_another_text", &texts);
}

#[test]
fn a_test_that_should_panic_and_does_not_fails() {
    fails("does_not_panic", &["all is well", "test did not panic as expected"]);
}

#[test]
fn a_crash_is_not_the_panic_that_was_asked_for() {
    fails("crashes_where_it_should_panic", &["SIGABRT"]);
    fails("exits_where_it_should_panic", &["exit", "101"]);
}

#[test]
fn a_leak_is_not_the_panic_that_was_asked_for() {
    fails("leaks_where_it_should_panic", &["leftover"]);
}

#[test]
fn ignored_tests_are_ignored_and_run_on_request() {
    let run = PROJECT
        .test("--exact tests::ignored tests::ignored_without_a_reason tests::plain_passes")
        .finish();
    run.passed().shows("takes a week").hides("ignored, and run");
    assert_eq!(
        run.tests("ignored"),
        ["tests::ignored", "tests::ignored_without_a_reason"],
        "{run}"
    );

    let run = PROJECT.test("--ignored --show-output").finish();
    run.failed(&["tests::ignored_without_a_reason"])
        .reports("tests::ignored", &["ignored, and run all the same"]);

    let run = PROJECT
        .test("--include-ignored --exact tests::ignored tests::plain_passes")
        .finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 2, "{run}");
}

#[test]
fn results_and_exit_codes_are_judged() {
    passes("ends_with_ok");
    fails("ends_with_an_exit_code", &[]);
}

#[test]
fn thread_locals_are_fresh() {
    let run = PROJECT.test("--test-threads=1 fresh_thread_locals").finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 2, "{run}");
}

#[test]
fn generated_tests_run() {
    let run = PROJECT.test("generated").finish();
    run.passed();
    assert_eq!(run.tests("ok"), ["tests::generated_1", "tests::generated_2"], "{run}");
}

#[test]
fn filters_and_skips_choose() {
    let run = PROJECT.test("fresh generated --skip _2").finish();
    run.passed();
    assert_eq!(
        run.tests("ok"),
        ["tests::fresh_thread_locals_1", "tests::generated_1"],
        "{run}"
    );
}

#[test]
fn listing_runs_nothing() {
    let run = PROJECT.test("--list").finish();
    run.passed()
        .shows("tests::on_the_main_thread: test\n")
        .shows("tests::ignored: test\n")
        .hides("configured_away");
}

#[test]
fn plain_tests_live_beside_isolated_ones() {
    let run = PROJECT.test("plain fresh").finish();
    run.failed(&["tests::plain_fails"])
        .reports("tests::plain_fails", &["plainly"])
        .left_nothing();
    assert_eq!(run.tests("ok").len(), 3, "{run}");
}

#[test]
fn a_panic_hook_is_gone_with_its_test() {
    let run = PROJECT.test("--test-threads=1 hook").finish();
    run.failed(&["tests::talks_after_a_hook_was_taken"]);
    run.reports(
        "tests::talks_after_a_hook_was_taken",
        &["panicked at", "loud and clear"],
    );
}

#[test]
fn names_may_be_long() {
    PROJECT.test("that_goes_on").finish().passed().shows("1 passed");
}

#[test]
fn backtraces_show_the_test() {
    let run = PROJECT
        .test_one("tests::panics_with_another_text")
        .env("RUST_BACKTRACE", "1")
        .finish();
    run.failed(&["tests::panics_with_another_text"]);
    run.reports(
        "tests::panics_with_another_text",
        &["stack backtrace:", "panics_with_another_text", "src/lib.rs:"],
    );
}

#[test]
fn without_a_temporary_directory_isolated_tests_say_so_and_plain_ones_run() {
    let run = PROJECT
        .test("generated_1 plain_passes")
        .env("TMPDIR", "/nowhere/to/be/found")
        .finish();
    run.failed(&["tests::generated_1"]).shows("/nowhere/to/be/found");
    assert_eq!(run.tests("ok"), ["tests::plain_passes"], "{run}");
}

#[test]
fn terse_output_is_libtests_own() {
    let run = PROJECT.test("-q generated fresh --test-threads=1").finish();
    run.passed().shows("\nrunning 4 tests\n....\n");
}

#[test]
fn an_empty_selection_passes() {
    PROJECT
        .test("no_such_test")
        .finish()
        .passed()
        .shows("0 passed; 0 failed");
}

#[test]
fn an_unknown_mode_is_an_error_that_names_the_choices() {
    let run = PROJECT.test_one("tests::generated_1").env("ISOLATE", "inlien").finish();
    run.failed(&["tests::generated_1"])
        .shows("inlien")
        .shows("inline")
        .left_nothing();
}

#[test]
fn inline_runs_one_at_a_time_in_the_host() {
    let run = PROJECT
        .test("fresh generated panics_as panics_with_the")
        .env("ISOLATE", "inline")
        .finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 6, "{run}");

    let run = PROJECT
        .test("--exact tests::leaks_where_it_should_panic tests::generated_1")
        .env("ISOLATE", "inline")
        .finish();
    run.failed(&["tests::leaks_where_it_should_panic"])
        .reports("tests::leaks_where_it_should_panic", &["leftover"]);
}
