//! Compile failures, as users see them. `TRYBUILD=overwrite cargo test --test compile` rewrites them.
#![cfg(feature = "runtime")]

#[test]
fn mistakes_are_reported_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    if cfg!(not(feature = "db")) {
        cases.compile_fail("tests/ui-without-db/*.rs");
    }
}
