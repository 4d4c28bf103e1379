//! Every registered singleton is as new when a test starts.

use crate::project::Project;

static PROJECT: Project = Project::new("singletons", &[("src/lib.rs", include_str!("projects/singletons.rs"))]);

#[test]
fn singletons_are_reset_between_tests() {
    let run = PROJECT.test("--test-threads=1 a_dirties b_is_clean d_is").finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 3, "{run}");
}

#[test]
fn a_reset_heals_a_poisoned_lock() {
    let run = PROJECT.test("--test-threads=1 c_poisons d_is b_is").finish();
    run.failed(&["tests::c_poisons"]).left_nothing();
}

#[test]
fn a_reset_that_panics_fails_the_test_and_names_the_singleton() {
    let run = PROJECT.test("--test-threads=1 m_sabotages n_suffers o_has").finish();
    run.failed(&["tests::n_suffers"]);
    run.reports("tests::n_suffers", &["FRAGILE"])
        .reports("tests::n_suffers", &["the reset was sabotaged"]);
    run.left_nothing();
}

#[test]
fn singletons_are_reset_inline_as_well() {
    let run = PROJECT
        .test("--test-threads=1 a_dirties b_is_clean")
        .env("ISOLATE", "inline")
        .finish();
    run.passed();
}
