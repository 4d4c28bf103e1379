//! Tests of a group run one at a time, in the same worker, and hold up nobody else.

use crate::project::Project;
use crate::run::Outcome;

pub static PROJECT: Project = Project::new("groups", &[("src/lib.rs", include_str!("projects/groups.rs"))]);

/// Who ran the group's tests: lines of worker and process.
fn members(run: &Outcome, group: &str) -> Vec<String> {
    run.file(group).lines().map(String::from).collect()
}

#[track_caller]
fn same_worker(run: &Outcome, group: &str, tests: usize) {
    let members = members(run, group);
    assert_eq!(members.len(), tests, "{members:?}\n{run}");
    assert!(
        members.iter().all(|member| *member == members[0]),
        "one worker: {members:?}\n{run}"
    );
}

#[test]
fn tests_of_a_group_run_alone_and_in_the_same_worker() {
    let run = PROJECT.test("--test-threads=4 red blue").finish();
    run.passed();
    same_worker(&run, "red", 4);
    same_worker(&run, "blue", 3);
}

#[test]
fn groups_run_side_by_side() {
    PROJECT
        .test("--test-threads=2 --exact tests::left tests::right")
        .finish()
        .passed();
}

#[test]
fn tests_without_a_group_run_side_by_side() {
    PROJECT
        .test("--test-threads=2 --exact tests::loose_1 tests::loose_2")
        .finish()
        .passed();
}

#[test]
fn a_group_goes_on_after_a_crash() {
    let run = PROJECT.test("--test-threads=4 fragile").finish();
    run.failed(&["tests::fragile_1_crashes"]).left_nothing();
    assert_eq!(members(&run, "fragile").len(), 2, "{run}");
}

#[test]
fn groups_hold_on_one_test_thread() {
    let run = PROJECT.test("--test-threads=1 red blue").finish();
    run.passed();
    same_worker(&run, "red", 4);
}

#[test]
fn inline_runs_one_test_at_a_time() {
    let run = PROJECT
        .test("--test-threads=4 single")
        .env("ISOLATE", "inline")
        .finish();
    run.passed();
    assert_eq!(members(&run, "process").len(), 3, "{run}");
}
