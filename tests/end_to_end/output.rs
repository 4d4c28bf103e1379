//! What a test prints appears where libtest shows a failed test's output, and nowhere else.

use std::fs;

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("output", &[("src/lib.rs", include_str!("projects/output.rs"))]);

/// Everything that the run printed apart from the report of `test`.
fn outside(run: &Outcome, test: &str) -> String {
    format!("{}{}", run.stdout.replace(run.report(test), ""), run.stderr)
}

#[track_caller]
fn shown_in_the_report_only(test: &str, texts: &[&str]) {
    let run = PROJECT.test_one(&format!("tests::{test}")).finish();
    let test = format!("tests::{test}");
    run.failed(&[&test]);
    for text in texts {
        let times = run.report(&test).matches(text).count();
        assert_eq!(times, 1, "{text:?} in the report of {test}\n{run}");
        assert!(!outside(&run, &test).contains(text), "{text:?} elsewhere\n{run}");
    }
    run.left_nothing();
}

#[test]
fn rust_output_of_a_failed_test_is_in_its_report() {
    let texts = ["rust, standard output\n", "rust, standard error\n", "rust is broken\n"];
    shown_in_the_report_only("rust", &texts);
}

#[test]
fn output_of_other_threads_is_in_the_report() {
    shown_in_the_report_only("other_threads", &["rust, another thread\n", "threads are broken\n"]);
}

#[test]
fn c_output_is_in_the_report() {
    let texts = [
        "c, printf 42\n",
        "c, puts\n",
        "c, write\n",
        "c, to standard error\n",
        "c is broken\n",
    ];
    shown_in_the_report_only("c", &texts);
}

#[test]
fn output_of_child_processes_is_in_the_report() {
    shown_in_the_report_only(
        "children",
        &["child, echo\n", "child, error\n", "children are broken\n"],
    );
}

#[test]
fn an_unfinished_line_is_in_the_report() {
    shown_in_the_report_only("unfinished_line", &["no newline at the end", "lines are broken\n"]);
}

#[test]
fn output_that_is_not_text_is_in_the_report() {
    shown_in_the_report_only("not_text", &["before ", " after\n", "encodings are broken\n"]);
}

#[test]
fn each_report_has_the_output_of_its_own_test() {
    let run = PROJECT
        .test("rust c children --test-threads=4 --exact tests::rust tests::c tests::children")
        .finish();
    run.failed(&["tests::rust", "tests::c", "tests::children"]);
    for (test, own) in [
        ("tests::rust", "rust, "),
        ("tests::c", "c, "),
        ("tests::children", "child, "),
    ] {
        let report = run.report(test);
        for text in ["rust, ", "\nc, ", "child, "] {
            assert_eq!(
                report.contains(text),
                text.trim_start() == own,
                "{text:?} in the report of {test}\n{run}"
            );
        }
    }
}

#[test]
fn passed_tests_show_nothing() {
    let run = PROJECT.test("--exact tests::quiet tests::plain").finish();
    run.passed()
        .hides("never to be seen")
        .hides("c, ")
        .hides("child, ")
        .hides("from a plain test");
    assert_eq!(run.tests("ok"), ["tests::plain", "tests::quiet"], "{run}");
}

#[test]
fn show_output_shows_what_passed_tests_print() {
    let run = PROJECT.test("--show-output --exact tests::quiet").finish();
    run.passed()
        .reports("tests::quiet", &["never to be seen", "c, write", "child, echo"]);
}

#[test]
fn a_panic_keeps_its_message_and_place() {
    let run = PROJECT.test_one("tests::rust").finish();
    let head = format!(
        "thread 'tests::rust' panicked at {}",
        with_column(&PROJECT.location("// PANIC"))
    );
    let head = head.replace("thread 'tests::rust' panicked", " panicked");
    run.reports("tests::rust", &["thread 'tests::rust'", &head, "rust is broken\n"]);
    assert_eq!(
        run.report("tests::rust").matches("panicked at").count(),
        1,
        "one panic is one panic\n{run}"
    );
}

#[test]
fn a_panic_in_a_helper_keeps_the_callers_place() {
    let run = PROJECT.test_one("tests::helper_function_panics").finish();
    let place = with_column(&PROJECT.location("// CALLER"));
    run.failed(&["tests::helper_function_panics"]);
    run.reports(
        "tests::helper_function_panics",
        &[&format!("panicked at {place}"), "deep down\n"],
    );
}

#[test]
fn a_panic_without_text_fails_at_its_place() {
    let run = PROJECT.test_one("tests::payload_without_text").finish();
    let place = with_column(&PROJECT.location("// PAYLOAD"));
    run.failed(&["tests::payload_without_text"]);
    run.reports("tests::payload_without_text", &[&format!("panicked at {place}")]);
}

#[test]
fn an_error_is_shown_as_libtest_shows_it() {
    let run = PROJECT.test_one("tests::result").finish();
    run.failed(&["tests::result"]);
    run.reports(
        "tests::result",
        &[
            "rust, before the error\n",
            "Error: ParseIntError { kind: InvalidDigit }",
        ],
    );
    run.hides("panicked at");
}

#[test]
fn a_flood_is_cut_to_its_beginning_and_its_end() {
    let run = PROJECT.test_one("tests::flood_then_failure").finish();
    run.failed(&["tests::flood_then_failure"]);
    run.reports(
        "tests::flood_then_failure",
        &["flood begins\n", "flood ends\n", "floods are broken\n"],
    );
    assert!(run.stdout.len() < 4 << 20, "bounded: {} bytes\n{run}", run.stdout.len());
    run.left_nothing();
}

#[test]
fn a_flood_from_a_child_is_cut_as_well() {
    let run = PROJECT.test_one("tests::flood_from_a_child").finish();
    run.failed(&["tests::flood_from_a_child"]);
    let texts = [
        "water from a child\n",
        "child flood ends\n",
        "child floods are broken\n",
    ];
    run.reports("tests::flood_from_a_child", &texts);
    assert!(run.stdout.len() < 4 << 20, "bounded: {} bytes\n{run}", run.stdout.len());
}

#[test]
fn a_flood_of_a_passed_test_shows_nothing() {
    let run = PROJECT.test_one("tests::flood_then_success").finish();
    run.passed().hides("water");
}

#[test]
fn a_child_that_keeps_the_pipe_open_delays_nothing() {
    let run = PROJECT.test_one("tests::child_stays").finish();
    run.failed(&["tests::child_stays"]);
    run.reports("tests::child_stays", &["before the child\n", "children stay\n"])
        .left_nothing();
}

#[test]
fn a_test_that_closes_its_output_takes_nobody_elses() {
    let run = PROJECT.test("--test-threads=1 descriptors").finish();
    run.failed(&["tests::descriptors_2_are_used"]);
    run.reports(
        "tests::descriptors_2_are_used",
        &["after the close", "heard all the same"],
    );
}

#[test]
fn nocapture_streams() {
    let run = PROJECT.test("--nocapture --exact tests::streams").start();
    run.wait_for_output("streamed first\n");
    fs::write(run.directory().join("go"), "").unwrap();
    let run = run.finish();
    run.passed().shows("streamed last\n");
}

#[test]
fn nocapture_streams_everything_once() {
    let run = PROJECT.test("--nocapture --exact tests::quiet tests::rust").finish();
    run.shows("never to be seen\n")
        .shows("rust, standard output\n")
        .shows("rust, standard error\n");
    run.shows("c, printf 42\n")
        .shows("c, write\n")
        .shows("child, error\n")
        .shows("rust is broken\n");
    let all = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(all.matches("rust, standard output").count(), 1, "{run}");
    assert!(run.stdout.contains("test result: FAILED. 1 passed; 1 failed"), "{run}");
    run.left_nothing();
}

#[test]
fn nocapture_can_be_asked_for_by_variable() {
    let run = PROJECT
        .test_one("tests::quiet")
        .env("RUST_TEST_NOCAPTURE", "1")
        .finish();
    run.passed()
        .shows("never to be seen\n")
        .shows("c, write\n")
        .shows("child, echo\n");
}

/// `src/lib.rs:7:` as a panic writes it before the column.
fn with_column(place: &str) -> String {
    format!("{place}:")
}
