//! Compile failures, as users see them. `TRYBUILD=overwrite cargo test --no-default-features --features runtime --test
//! compile` rewrites them; with DuckDB they would take longer and say the same, and with tokio one is no mistake.
#![cfg(all(feature = "runtime", not(any(feature = "db", feature = "tokio"))))]

#[test]
fn mistakes_are_reported_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.compile_fail("tests/ui-without-db/*.rs");
}
