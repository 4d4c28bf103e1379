//! Each test has a database of its own, as new, with its schema loaded.

use crate::project::Project;

static PROJECT: Project = Project::with_database(
    "database",
    &[
        ("src/lib.rs", include_str!("projects/database/lib.rs")),
        ("schema.sql", include_str!("projects/database/schema.sql")),
        ("broken.sql", include_str!("projects/database/broken.sql")),
    ],
);

#[track_caller]
fn fails(test: &str, texts: &[&str]) {
    let test = format!("tests::{test}");
    let run = PROJECT
        .test(&format!("--test-threads=1 --exact {test} tests::b_is_empty"))
        .finish();
    run.failed(&[&test]).left_no_process();
    for text in texts {
        run.reports(&test, &[text]);
    }
    assert_eq!(
        run.tests("ok"),
        ["tests::b_is_empty"],
        "the next test is unharmed\n{run}"
    );
}

#[test]
fn every_test_has_a_fresh_database() {
    let run = PROJECT
        .test("--test-threads=1 a_inserts b_is c_changes d_sees without many has_files")
        .finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 7, "{run}");
}

#[test]
fn databases_of_parallel_tests_are_apart() {
    let run = PROJECT
        .test("--test-threads=4 a_inserts b_is c_changes d_sees without many")
        .finish();
    run.passed();
}

#[test]
fn an_error_in_the_schema_names_file_and_statement() {
    fails(
        "broken_schema",
        &["broken.sql", "CREATE TABLE unsound (id NUMBRE)", "NUMBRE"],
    );
}

#[test]
fn a_missing_schema_is_named() {
    fails("missing_schema", &["missing.sql"]);
}

#[test]
fn an_unclosed_connection_is_reported() {
    fails("leaves_a_connection_open", &["connection"]);
}

#[test]
fn a_thread_that_holds_a_connection_is_reported() {
    fails("leaks_a_thread_with_a_connection", &["query", "connection"]);
}

#[test]
fn a_failed_test_fails_for_its_own_reason() {
    fails("fails_with_rows", &["look at the rows"]);
}

#[test]
fn inline_has_databases_too() {
    PROJECT
        .test("a_inserts b_is c_changes d_sees")
        .env("ISOLATE", "inline")
        .finish()
        .passed();
}

#[test]
fn a_fixture_and_its_test_share_it() {
    PROJECT.test("a_fixture").finish().passed();
    fails(
        "lacks_the_schema_of_another",
        &[
            "fixture `sessions` (",
            "this test's `db` can't have the schema ",
            "schema.sql: it was made before, with none",
            "`db(schema = \"…\")`, first",
        ],
    );
}
