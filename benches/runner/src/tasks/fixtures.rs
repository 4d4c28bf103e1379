//! Twenty fixtures for every test.

use std::fmt::Write as _;

use super::Bench;
use crate::compare::passes;
use crate::contender::Contender;
use crate::report::Section;

const FIXTURES: usize = 20;

/// Writes a suite of that many tests.
type Writer = fn(usize) -> String;

pub fn run(bench: &Bench) -> Vec<Section> {
    let count = bench.size.tests;
    let writers: [(&str, Writer); 7] = [
        ("libtest", by_hand),
        ("isolate", isolate),
        ("rstest", rstest),
        ("test-context", test_context),
        ("skuld", skuld),
        ("pytest", pytest),
        ("pytest-xdist", pytest),
    ];
    let entrants: Vec<_> = writers
        .into_iter()
        .filter(|(name, _)| bench.takes(name))
        .map(|(name, write)| bench.written("fixtures", Contender::named(name), &write(count), passes(count)))
        .collect();
    vec![bench.compare(
        "fixtures",
        &format!("{count} tests with {FIXTURES} fixtures each"),
        "Each fixture makes a list of 100 numbers; libtest's tests call twenty functions themselves, test-context's one context \
         does. What test-r gives to tests is made once for all of them, so it can't do the same.",
        &entrants,
    )]
}

fn by_hand(count: usize) -> String {
    let calls = each(|number| format!("let _f{number} = f{number}(); "));
    tests(count, &functions(""), |number| {
        format!("#[test]\nfn t{number:05}() {{ {calls} }}\n")
    })
}

fn isolate(count: usize) -> String {
    let parameters = each(|number| format!("_f{number}: &Vec<u32>, "));
    let head = format!("use isolate::prelude::*;\n{}", functions("#[fixture]\n"));
    tests(count, &head, |number| {
        format!("#[isolated]\nfn t{number:05}({parameters}) {{}}\n")
    })
}

fn rstest(count: usize) -> String {
    let parameters = each(|number| format!("#[from(f{number})] _f{number}: Vec<u32>, "));
    let head = format!("use rstest::{{fixture, rstest}};\n{}", functions("#[fixture]\n"));
    tests(count, &head, |number| {
        format!("#[rstest]\nfn t{number:05}({parameters}) {{}}\n")
    })
}

fn test_context(count: usize) -> String {
    let calls = each(|number| format!("f{number}(), "));
    let head = format!(
        "use test_context::{{TestContext, test_context}};\n{}struct All {{ _all: [Vec<u32>; {FIXTURES}] }}\n\
         impl TestContext for All {{ fn setup() -> Self {{ All {{ _all: [{calls}] }} }} }}\n",
        functions("")
    );
    tests(count, &head, |number| {
        format!("#[test_context(All)]\n#[test]\nfn t{number:05}(_all: &mut All) {{}}\n")
    })
}

fn skuld(count: usize) -> String {
    let mut head = String::from("fn main() { skuld::run_all(); }\n");
    for number in 0..FIXTURES {
        let _ = writeln!(
            head,
            "#[skuld::fixture]\nfn f{number}() -> Result<Vec<u32>, String> {{ Ok(vec![{number}; 100]) }}"
        );
    }
    let parameters = each(|number| format!("#[fixture(f{number})] _f{number}: &Vec<u32>, "));
    tests(count, &head, |number| {
        format!("#[skuld::test]\nfn t{number:05}({parameters}) {{}}\n")
    })
}

fn pytest(count: usize) -> String {
    let mut head = String::from("import pytest\n");
    for number in 0..FIXTURES {
        let _ = write!(
            head,
            "\n\n@pytest.fixture\ndef f{number}():\n    return [{number}] * 100\n"
        );
    }
    let parameters = (0..FIXTURES)
        .map(|number| format!("f{number}"))
        .collect::<Vec<_>>()
        .join(", ");
    tests(count, &head, |number| {
        format!("\n\ndef test_t{number:05}({parameters}):\n    pass\n")
    })
}

/// The text for each of the fixtures, one after another.
fn each(write: impl Fn(usize) -> String) -> String {
    (0..FIXTURES).map(write).collect()
}

fn functions(attribute: &str) -> String {
    (0..FIXTURES).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "{attribute}fn f{number}() -> Vec<u32> {{ vec![{number}; 100] }}");
        text
    })
}

fn tests(count: usize, head: &str, write: impl Fn(usize) -> String) -> String {
    head.to_owned() + &(0..count).map(write).collect::<String>()
}
