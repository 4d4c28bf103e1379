//! `ISOLATE_TAGS` leaves tests out, and says so.

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("tags", &[("src/lib.rs", include_str!("projects/tags.rs"))]);

const ALL: [&str; 8] = [
    "cases 1",
    "cases 2",
    "has_none",
    "on_the_main_thread",
    "panics",
    "panics_with_a_text",
    "slow::one",
    "slow::window",
];

/// Runs all tests, and sees that these run and no others.
#[track_caller]
fn runs(tags: &str, selected: &[&str]) -> Outcome {
    let run = PROJECT.test("--show-output").env("ISOLATE_TAGS", tags).finish();
    run.passed();
    assert_eq!(
        run.tests("ok").len(),
        ALL.len() + 1,
        "libtest knows no other end of a test\n{run}"
    );
    let ran: Vec<&str> = ALL
        .into_iter()
        .filter(|name| run.stdout.contains(&format!("{name} runs")))
        .collect();
    assert_eq!(ran, selected, "{run}");
    let left_out = run.stdout.matches(" was left out (src/lib.rs:").count();
    assert_eq!(left_out, ALL.len() - ran.len(), "{run}");
    run
}

#[test]
fn without_a_selection_all_run() {
    runs("", &ALL).hides("left out");
}

#[test]
fn tests_with_a_tag() {
    let run = runs("slow", &["panics", "panics_with_a_text", "slow::one", "slow::window"]);
    run.shows("isolate: ISOLATE_TAGS=\"slow\" left out 4 tests, which count as passed\n  their tags: ui\n");
    run.reports(
        "tests::has_none",
        &[
            "isolate: tests::has_none was left out",
            "doesn't select it; its tags: none",
        ],
    );
    run.reports(
        "tests::cases::case_2",
        &["tests::cases::case_2 was left out", "its tags: ui"],
    );
}

#[test]
fn tests_without_a_tag() {
    let run = runs("not slow", &["cases 1", "cases 2", "has_none", "on_the_main_thread"]);
    run.shows("left out 4 tests, which count as passed\n  their tags: slow, ui\n");
}

#[test]
fn several_tags() {
    runs(
        "slow and not (ui or db)",
        &["panics", "panics_with_a_text", "slow::one"],
    );
    runs("slow and ui", &["slow::window"]);
}

#[test]
fn a_tag_that_no_test_has() {
    runs("slwo", &[]).shows("ISOLATE_TAGS=\"slwo\" left out 8 tests, which count as passed\n  their tags: slow, ui\n");
}

#[test]
fn what_is_left_out_is_said_without_asking_for_it() {
    let run = PROJECT
        .test("--exact tests::slow::one tests::plain")
        .env("ISOLATE_TAGS", "not slow")
        .finish();
    run.passed()
        .shows("left out 1 test, which counts as passed\n  its tags: slow\n");
}

#[test]
fn inline_too() {
    let run = PROJECT
        .test("--show-output --skip on_the_main_thread")
        .env("ISOLATE_TAGS", "ui")
        .env("ISOLATE", "inline")
        .finish();
    run.passed()
        .shows("cases 1 runs")
        .hides("slow::one runs")
        .shows("left out 4 tests");
}

#[test]
fn what_is_no_selection_is_an_error_that_says_how_to_write_it() {
    let run = PROJECT.test("").env("ISOLATE_TAGS", "slow, ui").finish();
    let tests = run.tests("FAILED");
    assert_eq!(tests.len(), ALL.len(), "{run}");
    assert_eq!(run.tests("ok"), ["tests::plain"], "{run}");
    run.reports(
        "tests::has_none",
        &["ISOLATE_TAGS=\"slow, ui\" can't be read: `slow,` is no tag", "not slow"],
    );
    run.hides(" runs").left_nothing();
}
