//! A database in memory is built once for tests with processes of their own, which each get a copy.

use crate::project::Project;

static PROJECT: Project = Project::with_database(
    "memory",
    &[
        ("src/lib.rs", include_str!("projects/memory/lib.rs")),
        ("schema.sql", include_str!("projects/memory/schema.sql")),
        ("seed.sql", include_str!("projects/memory/seed.sql")),
        ("broken.sql", include_str!("projects/memory/broken.sql")),
    ],
);

#[track_caller]
fn fails(test: &str, texts: &[&str]) {
    let test = format!("tests::{test}");
    let run = PROJECT.test_one(&test).finish();
    run.failed(&[&test]).reports(&test, texts).left_no_process();
}

#[test]
fn it_is_built_once_and_every_test_has_its_own() {
    let run = PROJECT.test("--test-threads=1 copy_").finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 4, "{run}");
    assert_eq!(run.file("built").lines().count(), 1, "built in the worker\n{run}");
}

#[test]
fn without_a_process_it_is_built_for_each_test() {
    let run = PROJECT.test("--test-threads=1 shared_").finish();
    run.passed();
    assert_eq!(run.file("built").lines().count(), 2, "{run}");
    PROJECT
        .test("shared_ copy_1")
        .env("ISOLATE", "inline")
        .finish()
        .passed();
}

#[test]
fn files_fill_it_too_for_tests_and_for_fixtures() {
    let tests = "--exact tests::of_files tests::of_a_fixture tests::empty";
    PROJECT.test(tests).finish().passed();
}

#[test]
fn a_seed_that_fails_is_named() {
    fails(
        "broken",
        &["broken.sql:3: statement 2 (`INSERT INTO sessions VALUES (1, 'twice')`)"],
    );
    fails(
        "refused",
        &["the seed `memory::tests::refuses` of the database failed: no rows today"],
    );
}

#[test]
fn a_seed_that_starts_threads_is_named() {
    fails(
        "with_threads",
        &[
            "no process can be forked",
            "src/lib.rs:",
            "starts_threads",
            "belongs to `db(memory, seed = memory::tests::starts_threads)`",
        ],
    );
}

#[test]
fn what_it_can_not_do_is_said() {
    fails("has_no_path", &["`db(memory)` has no file"]);
    let left = PROJECT.location("// LEFT");
    fails(
        "leaves_a_connection",
        &["outlived the test", ":memory: is still open", &left],
    );
    fails(
        "asked_for_in_two_ways",
        &[
            "this test's `db` can't have the schema ",
            "in memory, and the seed `",
            "it was made before, with none",
        ],
    );
}
