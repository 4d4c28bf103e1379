//! Tests run before libtest asks for them, and several at a time are given to a worker: nobody waits for more than has to
//! be, and each test is run once, alone, and with its own output.

use std::collections::BTreeMap;

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("ahead", &[("src/lib.rs", include_str!("projects/ahead.rs"))]);

/// The tests that have run, sorted.
fn ran(run: &Outcome) -> Vec<String> {
    let mut names: Vec<String> = run.file("ran").lines().map(String::from).collect();
    names.sort_unstable();
    names
}

#[track_caller]
fn each_ran_once(run: &Outcome) {
    let mut told: Vec<String> = [run.tests("ok"), run.tests("FAILED")]
        .concat()
        .into_iter()
        .map(String::from)
        .collect();
    told.sort_unstable();
    assert_eq!(ran(run), told, "{run}");
}

#[test]
fn a_thread_whose_group_is_taken_runs_another_test() {
    let run = PROJECT.test("blocked --test-threads=2").finish();
    run.passed();
    each_ran_once(&run);
}

#[test]
fn a_test_that_takes_long_holds_up_none_that_was_given_with_it() {
    let run = PROJECT.test("held --test-threads=2").finish();
    run.passed();
    each_ran_once(&run);
}

#[test]
fn each_test_runs_once_whatever_becomes_of_its_neighbours() {
    for threads in ["--test-threads=1", "--test-threads=4"] {
        let run = PROJECT.test(&format!("mixed {threads}")).finish();
        run.failed(&[
            "tests::mixed::n_11_10",
            "tests::mixed::n_21_20",
            "tests::mixed::n_31_30",
        ]);
        each_ran_once(&run);
    }
}

#[test]
fn each_fork_runs_once_whatever_becomes_of_its_neighbours() {
    let run = PROJECT.test("forked --test-threads=2 --show-output").finish();
    run.failed(&["tests::forked::n_11_10"]);
    each_ran_once(&run);
    for n in [2, 7, 12, 17] {
        assert_eq!(
            run.report(&format!("tests::forked::n_{:02}_{n}", n + 1)).trim_end(),
            format!("printed by {n}")
        );
    }
}

#[test]
fn what_a_test_prints_is_its_own() {
    let run = PROJECT.test("mixed --test-threads=2 --show-output").finish();
    let mut reports = BTreeMap::new();
    for (n, name) in (0..40).map(|n| (n, format!("tests::mixed::n_{:02}_{n}", n + 1))) {
        match n % 5 {
            2 => assert_eq!(run.report(&name).trim_end(), format!("printed by {n}")),
            3 => {
                let lines: Vec<&str> = run.report(&name).trim_end().lines().map(str::trim_end).collect();
                assert_eq!(lines, [format!("{n} begins"), format!("{n} ends")]);
            }
            _ => continue,
        }
        reports.insert(n, name);
    }
    assert_eq!(reports.len(), 16);
    let heads = run.stdout.matches(" stdout ----\n").count();
    assert_eq!(heads, reports.len() + 3, "and nobody else has a report\n{run}");
}

#[test]
fn only_what_was_asked_for_runs() {
    let run = PROJECT
        .test("held_a blocked_c --skip held_a::_n_1 --test-threads=2")
        .finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 11, "{run}");
    each_ran_once(&run);
    let run = PROJECT
        .test("--exact tests::blocked_c_is_free tests::is_ignored")
        .finish();
    run.passed();
    assert_eq!(ran(&run), ["tests::blocked_c_is_free"]);
    let run = PROJECT.test("blocked_c is_ignored --ignored").finish();
    run.passed();
    assert_eq!(ran(&run), ["tests::is_ignored"]);
}
