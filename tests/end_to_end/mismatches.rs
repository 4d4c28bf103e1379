//! What rustc says of a test whose types don't fit: it points at the user's code, not at the macro.

use crate::project::Project;

const TEST: &str = "\
use isolate::prelude::*;

#[isolated(port(api))]
fn parameters(storage: Storage, api: &isolate::Storage) {}

#[isolated]
fn returns() -> u8 {
    5
}

#[isolated(storage)]
fn body() -> Result<()> {
    storage.nothing()
}
";

static PROJECT: Project = Project::new("mismatches", &[("src/lib.rs", ""), ("tests/mismatches.rs", TEST)]);

#[test]
fn each_is_shown_at_the_token_that_is_wrong() {
    let run = PROJECT.cargo("test --test mismatches --no-run").finish();
    assert!(!run.status.success(), "{run}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    let places = lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("error["))
        .map(|pair| pair[1].trim_start());
    let mut places: Vec<&str> = places.collect();
    places.sort_unstable();
    let expected = ["13:13", "4:24", "4:48", "7:17"].map(|place| format!("--> tests/mismatches.rs:{place}"));
    assert_eq!(places, expected, "{run}");
    for text in [
        "expected `Storage`, found `&Storage`",
        "expected `&Storage`, found `&Port`",
        "`u8: Termination`",
    ] {
        assert!(run.stderr.contains(text), "{text:?} is missing\n{run}");
    }
}
