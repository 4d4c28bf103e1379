use super::entry;
use crate::singleton::entry::{Entry, Static};
use crate::singleton::error::ResetError;
use crate::singleton::order::order;

// Different values, lest two of them share an address.
static A: [u32; 3] = [1; 3];
static B: [u32; 3] = [2; 3];
static C: [u32; 3] = [3; 3];
static D: [u32; 3] = [4; 3];

const fn plain(name: &'static str, line: u32, instance: &'static [u32; 3], after: &'static [Static]) -> Entry {
    entry(name, line, instance, after, || Ok(()))
}

fn names(entries: &[&Entry]) -> Vec<&'static str> {
    order(entries.to_vec())
        .unwrap()
        .iter()
        .map(|entry| entry.name)
        .collect()
}

fn failure(entries: &[&Entry]) -> String {
    ResetError::new(order(entries.to_vec()).unwrap_err())
        .unwrap_err()
        .to_string()
}

#[test]
fn goes_by_name_where_nothing_else_is_said() {
    let (a, b, c) = (plain("a", 1, &A, &[]), plain("b", 2, &B, &[]), plain("c", 3, &C, &[]));
    assert_eq!(names(&[&c, &a, &b]), ["a", "b", "c"]);
    assert_eq!(names(&[]), [""; 0]);
}

#[test]
fn puts_each_behind_those_it_comes_after() {
    static AFTER_C: &[Static] = &[Static::new("C", &C)];
    static AFTER_A_D: &[Static] = &[Static::new("A", &A), Static::new("D", &D)];
    let (a, b) = (plain("a", 1, &A, AFTER_C), plain("b", 2, &B, AFTER_A_D));
    let (c, d) = (plain("c", 3, &C, &[]), plain("d", 4, &D, &[]));
    for entries in [[&a, &b, &c, &d], [&d, &c, &b, &a], [&b, &d, &a, &c]] {
        assert_eq!(names(&entries), ["c", "a", "d", "b"]);
    }
}

#[test]
fn takes_all_that_are_registered_at_one_address() {
    static AFTER_B: &[Static] = &[Static::new("B", &B)];
    let (a, b, again) = (
        plain("a", 1, &A, AFTER_B),
        plain("x", 2, &B, &[]),
        plain("y", 3, &B, &[]),
    );
    assert_eq!(names(&[&a, &b, &again]), ["x", "y", "a"]);
}

#[test]
fn names_the_chain_of_a_cycle_and_nothing_else() {
    static AFTER_A: &[Static] = &[Static::new("A", &A)];
    static AFTER_B: &[Static] = &[Static::new("B", &B)];
    static AFTER_C: &[Static] = &[Static::new("C", &C)];
    let (a, b) = (plain("app::A", 1, &A, AFTER_B), plain("app::B", 2, &B, AFTER_C));
    let (c, d) = (plain("app::C", 3, &C, AFTER_B), plain("app::D", 4, &D, AFTER_A));
    assert_eq!(
        failure(&[&a, &b, &c, &d]),
        "singletons can't be reset in any order, since each is to be reset after the next: `app::B` (src/app.rs:2) -> \
         `app::C` (src/app.rs:3) -> `app::B` (src/app.rs:2); take one of them out of `after`"
    );
}

#[test]
fn a_singleton_behind_itself_is_a_cycle() {
    static AFTER_A: &[Static] = &[Static::new("A", &A)];
    let a = plain("app::A", 1, &A, AFTER_A);
    let text = failure(&[&a]);
    assert!(
        text.contains(": `app::A` (src/app.rs:1) -> `app::A` (src/app.rs:1);"),
        "{text}"
    );
}

#[test]
fn names_every_static_that_is_not_registered() {
    static AFTER_C_D: &[Static] = &[Static::new("pool::C", &C), Static::new("D", &D)];
    let (a, b) = (plain("app::A", 1, &A, AFTER_C_D), plain("app::B", 2, &B, &[]));
    assert_eq!(
        failure(&[&a, &b]),
        "singleton `app::A` (src/app.rs:1) is to be reset after `pool::C`, which is not registered; put `#[singleton]` on \
         it, or take it out of `after` (a `Resettable` is always reset before, and is not named)\n\
         singleton `app::A` (src/app.rs:1) is to be reset after `D`, which is not registered; put `#[singleton]` on it, or \
         take it out of `after` (a `Resettable` is always reset before, and is not named)"
    );
}
