//! `#[test]` may stand above `#[isolated]` or below it: either way there is one test.
#![cfg(feature = "runtime")]

use isolate::isolated;

#[isolated]
#[test]
fn below() {}

#[test]
#[isolated]
fn above() {}

#[test]
/// With [documentation](isolate) between them.
#[isolated(storage)]
#[should_panic = "as expected"]
fn above_and_apart() {
    assert!(storage.path().is_dir());
    panic!("as expected");
}

#[rustfmt::skip]
#[test] #[isolated] fn in_one_line() {}

#[rustfmt::skip]
macro_rules! tests {
    ($($name:ident)*) => { $(#[test] #[isolated] fn $name() {})* };
}
tests!(generated and_another);

#[test]
fn each_is_registered_once() {
    let list = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("--list")
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let mut names: Vec<&str> = list.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    names.sort_unstable();
    let expected = [
        "above",
        "above_and_apart",
        "and_another",
        "below",
        "each_is_registered_once",
        "generated",
        "in_one_line",
    ];
    assert_eq!(names, expected);
}
