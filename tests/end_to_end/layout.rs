//! Isolated tests work wherever tests do.

use crate::project::Project;

static PROJECT: Project = Project::new(
    "layout",
    &[
        ("src/lib.rs", include_str!("projects/layout/lib.rs")),
        ("tests/integration.rs", include_str!("projects/layout/integration.rs")),
    ],
);

#[test]
fn unit_tests_at_any_depth_run() {
    let run = PROJECT.test("tests::").finish();
    run.passed();
    assert_eq!(run.tests("ok"), ["tests::nested::deeper::deep", "tests::unit"], "{run}");
}

#[test]
fn a_module_gives_defaults_and_its_tests_win() {
    let run = PROJECT.test("defaults").finish();
    run.failed(&["defaults::overrides"])
        .reports("defaults::overrides", &["500 ms"])
        .left_no_process();
    assert_eq!(run.tests("ignored"), ["defaults::ignored"], "{run}");
    assert_eq!(run.tests("ok").len(), 4, "{run}");
}

#[test]
fn integration_tests_run() {
    let run = PROJECT.cargo("test --test integration").finish();
    run.failed(&["fails"])
        .reports("fails", &["seen of an integration test", "integration is broken"]);
    assert_eq!(run.tests("ok"), ["integrates", "renamed::finds_its_crate"], "{run}");
    run.left_nothing();
}
