//! What rustc says of a test whose types don't fit: it points at the user's code, not at the macro.

use crate::project::Project;
use crate::run::Outcome;

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

const FIXTURES: &str = "\
use isolate::prelude::*;

mod elsewhere {
    #[isolate::fixture]
    pub fn distant() -> u8 {
        0
    }
}

#[fixture]
fn number(#[default(0)] start: u8) -> u8 {
    start
}

#[fixture(scope = \"worker\")]
fn app(#[default(0)] start: u8) -> u8 {
    start
}

fn plain() {}

#[isolated(main_tread, port(api))]
fn names(storge: &Storage, apy: &Port, distant: &u8, nowhere: &u8, plain: &()) {}

#[isolated(distant)]
mod module {
    #[test]
    fn names() {}
}
";

const USES: &str = "\
use isolate::prelude::*;

#[fixture]
fn number(#[default(0)] start: u8) -> u8 {
    start
}

#[fixture(scope = \"worker\")]
fn app(#[default(0)] start: u8) -> u8 {
    start
}

#[isolated(number(start = \"x\"))]
fn argument(number: &u16) {}

#[isolated(number(strat = 5))]
fn unknown_argument() {}

#[isolated(app(start = 5))]
fn sets() {}

#[isolated]
fn owns(app: u8) {}
";

static PROJECT: Project = Project::new(
    "mismatches",
    &[
        ("src/lib.rs", ""),
        ("tests/mismatches.rs", TEST),
        ("tests/fixtures.rs", FIXTURES),
        ("tests/uses.rs", USES),
    ],
);

/// Where rustc sees an error in a file of tests, in order; and all that it says.
fn errors(name: &str) -> (Vec<String>, Outcome) {
    let run = PROJECT.cargo(&format!("test --test {name} --no-run")).finish();
    assert!(!run.status.success(), "{run}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    let places = lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("error["))
        .filter_map(|pair| pair[1].trim_start().strip_prefix(&format!("--> tests/{name}.rs:")));
    let mut places: Vec<String> = places.map(str::to_owned).collect();
    places.sort_unstable();
    (places, run)
}

#[test]
fn each_is_shown_at_the_token_that_is_wrong() {
    let (places, run) = errors("mismatches");
    assert_eq!(places, ["13:13", "4:24", "4:48", "7:17"], "{run}");
    for text in [
        "expected `Storage`, found `&Storage`",
        "expected `&Storage`, found `&Port`",
        "`u8: Termination`",
    ] {
        run.shows(text);
    }
}

#[test]
fn a_name_that_no_fixture_has_is_shown_with_the_nearest() {
    let (places, run) = errors("fixtures");
    let expected = ["22:12", "23:10", "23:28", "23:40", "23:54", "23:68", "25:12"];
    assert_eq!(places, expected, "{run}");
    for text in [
        "cannot find type `main_tread` in this scope",
        "similarly named enum `main_thread`",
        "cannot find type `storge` in this scope",
        "similarly named enum `storage`",
        "cannot find type `apy` in this scope",
        "similarly named enum `api`",
        "cannot find type `nowhere` in this scope",
        "use crate::elsewhere::distant;",
        "expected type, found function `plain`",
    ] {
        run.shows(text);
    }
}

#[test]
fn a_fixture_is_not_used_as_it_can_not_be() {
    let (places, run) = errors("uses");
    assert_eq!(places, ["13:27", "14:22", "16:19", "19:16", "23:9"], "{run}");
    for text in [
        "expected `&u16`, found `&u8`",
        "expected `u8`, found `&str`",
        "no field `strat` on type `number`",
        "a field with a similar name exists",
        "fixture `app` lives longer than one test: no test can choose its `start` for the others",
        "fixture `app` lives longer than one test, and can only be borrowed: write `app: &…`",
    ] {
        run.shows(text);
    }
}
