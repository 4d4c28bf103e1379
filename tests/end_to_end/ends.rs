//! Fixtures that outlive a test end later than its verdict: what goes wrong then is told all the same.

use crate::project::Project;

static PROJECT: Project = Project::new("ends", &[("src/lib.rs", include_str!("projects/ends.rs"))]);

#[test]
fn a_worker_whose_teardown_fails_fails_the_run() {
    let run = PROJECT.test_one("tests::has_one_that_fails").finish();
    assert_eq!(run.status.code(), Some(101), "{run}");
    run.shows("isolate: worker gw0 failed at its end\n")
        .shows("its teardown failed: it would not go");
    run.left_nothing();
}

#[test]
fn a_worker_whose_teardown_never_ends_fails_the_run() {
    let run = PROJECT.test_one("tests::has_it").finish();
    assert_eq!(run.status.code(), Some(101), "{run}");
    run.shows(
        "isolate: worker gw0 failed at its end\n  it was still taking down what it held after 10 s, and was killed",
    );
    run.left_nothing();
}

#[test]
fn a_retired_worker_whose_teardown_never_ends_is_told_by_its_last_test() {
    let run = PROJECT.test_one("tests::has_it_and_leaks").finish();
    run.failed(&["tests::has_it_and_leaks"]);
    let text = "its worker was retired, was still taking down what it held after 10 s, and was killed";
    run.reports("tests::has_it_and_leaks", &["still running after the test", text]);
    run.left_nothing();
}
