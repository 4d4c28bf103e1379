//! `#[case]`, `#[values]` and `#[files]`: which tests there are, and what they get.
#![cfg(feature = "runtime")]

use std::path::PathBuf;

use isolate::prelude::*;

#[isolated]
#[case(0, 0)]
#[case::one(1, 1)]
#[case::more(5, 1 + 4)]
fn equal(#[case] a: u32, #[case] b: u32) {
    assert_eq!(a, b);
}

#[isolated]
fn combines(#[values(1, 2)] a: u32, storage: &Storage, #[values("x", "y z")] b: &str) {
    assert!(a < 3 && !b.is_empty());
    std::fs::write(storage.join(b), "").unwrap();
    assert_eq!(std::fs::read_dir(storage).unwrap().count(), 1);
}

#[isolated]
#[case(0)]
#[should_panic(expected = "one")]
#[case::panics(1)]
#[ignore = "only to be listed"]
#[case(2)]
fn has_attributes(#[case] number: u32) {
    match number {
        0 => {}
        1 => panic!("one"),
        _ => unreachable!(),
    }
}

#[isolated]
fn reads(#[files("tests/fix*/*.rs")] path: PathBuf) {
    assert!(path.exists());
}

#[isolated]
#[case("127.0.0.1", "a", "b", "c")]
fn parses(
    #[case] address: std::net::IpAddr,
    #[case] text: impl AsRef<str>,
    #[case] owned: String,
    #[case] cow: std::borrow::Cow<'static, str>,
    #[values("8080", 8081)] port: u16,
) {
    assert!(address.is_loopback() && port > 8000);
    assert_eq!(text.as_ref().to_owned() + &owned + &cow, "abc");
}

#[isolated(group = "cases")]
mod in_a_module {
    use super::*;

    #[rstest]
    #[case(1)]
    #[cfg_attr(all(), should_panic(expected = "two"))]
    #[case(2)]
    fn of_cases(#[case] number: u32) {
        assert_ne!(number, 2, "two");
    }

    #[test]
    fn of_values(#[values(1, 2)] number: u32, storage: &Storage) -> Result<()> {
        std::fs::write(storage.join("number"), number.to_string())?;
        Ok(())
    }

    #[cfg(any())]
    #[test]
    #[case(1)]
    fn is_not_there(#[case] number: Missing) {}
}

#[fixture]
fn sum(#[default(1)] a: u32, #[default(2)] b: u32, storage: &Storage, #[default("x")] name: &str) -> (u32, String) {
    assert!(storage.path().is_dir());
    (a + b, name.to_owned())
}

#[isolated]
#[awt]
fn asks_with_values(
    #[with(10)] sum: (u32, String),
    #[values(0, 1)] number: u32,
    #[from(number_of_rows)]
    #[future]
    rows: u32,
) {
    assert_eq!(sum, (12, "x".to_owned()));
    assert_eq!(rows + number, 7 + number);
}

#[isolated(sum(name = "y"))]
fn asks_in_both_ways(
    #[with(10, 20)]
    #[from(sum)]
    (number, text): (u32, String),
) {
    assert_eq!((number, text.as_str()), (30, "y"));
}

#[fixture]
fn number_of_rows() -> u32 {
    7
}

#[fixture]
fn larger(
    #[with(10)]
    #[from(sum)]
    (number, text): (u32, String),
    #[from(number_of_rows)] rows: &u32,
) -> (u32, String) {
    (number + rows, text)
}

/// What another fixture has chosen for itself is not what the others get.
#[isolated(sum(b = 5))]
fn fixtures_ask_with_values(larger: &(u32, String), sum: (u32, String)) {
    assert_eq!(*larger, (19, "x".to_owned()));
    assert_eq!(sum, (6, "x".to_owned()));
}

#[isolated]
#[case(1)]
#[timeout(A_WHILE)]
fn cases_have_time(#[case] _number: u8) {}

const A_WHILE: std::time::Duration = std::time::Duration::from_secs(20);

#[derive(Debug)]
enum Kind {
    Small,
}

#[isolated]
#[case::kind(1)]
fn is_named(
    #[values(Kind::Small)] kind: Kind,
    #[case] _number: u8,
    #[values("a-b/c", r#"é "q""#)] text: &str,
    #[values(-1, 1 + 2, i32::abs(-3))] _sum: i32,
) {
    assert!(matches!(kind, Kind::Small) && !text.is_empty());
}

#[isolated]
#[case(line!())]
#[case::second(
    line!() - 1 // The line of the name.
)]
fn stands_at_the_line_of_its_case(#[case] line: u32, test: &Test) {
    assert_eq!(test.line(), line);
}

/// Those of rstest 0.28, so that filters in scripts go on to work.
#[test]
fn names_of_tests() {
    let this = std::env::current_exe().unwrap();
    let output = std::process::Command::new(this).arg("--list").output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    let mut names: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("is_named::"))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "case_1_kind::kind_1_Kind__Small::text_1___a_b_c__::_sum_1__1: test",
            "case_1_kind::kind_1_Kind__Small::text_1___a_b_c__::_sum_2_1_2: test",
            "case_1_kind::kind_1_Kind__Small::text_1___a_b_c__::_sum_3_i32__abs__3_: test",
            "case_1_kind::kind_1_Kind__Small::text_2_r__é__q____::_sum_1__1: test",
            "case_1_kind::kind_1_Kind__Small::text_2_r__é__q____::_sum_2_1_2: test",
            "case_1_kind::kind_1_Kind__Small::text_2_r__é__q____::_sum_3_i32__abs__3_: test",
        ]
    );
}
