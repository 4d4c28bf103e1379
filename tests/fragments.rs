//! Items whose parts come from `macro_rules`, in invisible brackets: each part that a fragment may stand for.
#![cfg(feature = "runtime")]

use std::path::PathBuf;

use isolate::prelude::*;

macro_rules! test {
    ($(#[$meta:meta])* $vis:vis $name:ident ($pattern:pat_param, $other:ident): $ty:ty => $block:block) => {
        #[isolated]
        $(#[$meta])*
        $vis fn $name($pattern: &$ty, mut $other: &PathBuf) $block
    };
}

test!(
    /// Documented.
    #[should_panic(expected = "as expected")]
    pub(crate) of_parts(storage, other): Storage => {
        let other = &mut other;
        assert_eq!(storage.path(), **other);
        panic!("as expected");
    }
);

#[fixture]
fn other(storage: &Storage) -> PathBuf {
    storage.path().to_owned()
}

macro_rules! private {
    ($vis:vis $name:ident, $group:literal, $timeout:expr, $output:ty) => {
        #[isolated(storage, group = $group, timeout = $timeout)]
        $vis fn $name() -> $output {
            assert!(storage.path().is_dir());
            Ok(())
        }
    };
}

private!(of_nothing_visible, "a\tgroup", "20s", Result<()>);

macro_rules! whole {
    ($($item:item)*) => { $($item)* };
}

whole! {
    #[isolated]
    pub(crate) fn of_an_item(_storage: &Storage) {}

    #[isolated(storage)]
    mod of_items {
        #[test]
        fn has_a_fixture() {
            assert!(storage.path().is_dir());
        }
    }
}

macro_rules! attributed {
    ($($item:item)*) => {
        $(#[isolated] $item)*

        #[isolated(storage)]
        mod of_items_in_a_module {
            use isolate::prelude::*;

            $($item)*
        }
    };
}

attributed! {
    #[test]
    pub(crate) fn of_an_item_below(_storage: &Storage) {}
}

macro_rules! fixture {
    ($vis:vis $name:ident: $ty:ty = $default:expr => $value:expr) => {
        #[fixture]
        $vis fn $name(#[default($default)] start: $ty) -> Result<$ty> {
            Ok(start + $value)
        }
    };
}

fixture!(pub(crate) sum: u32 = 1 + 1 => 3);

#[isolated(sum(start = 4))]
fn of_a_fixture() {
    assert_eq!(*sum, 7);
}

macro_rules! cases {
    ($name:ident, $ty:ty, $($case:expr),*) => {
        #[isolated]
        $(#[case($case, $case)])*
        fn $name(#[case] a: $ty, #[case] b: $ty, #[values(1, $($case),*)] _c: $ty) {
            assert_eq!(a, b);
        }
    };
}

cases!(of_cases, u8, 1 + 1, 5);

macro_rules! generic {
    ($name:ident<$($parameter:ident),*> ($($argument:ident: $ty:ty),*) where $($clause:tt)*) => {
        #[isolated]
        #[case(1, 2)]
        fn $name<$($parameter),*>($(#[case] $argument: $ty),*) where $($clause)* {}
    };
}

generic!(of_generics<T, U> (_t: T, _u: U) where T: Into<u8>, U: Fits<{ 1 + 1 }>);

trait Fits<const N: usize> {}

impl Fits<2> for u8 {}
