//! Every form of `#[isolated]` and `#[singleton]`, in a crate with the strictest lints and without a prelude: what the
//! macros write has to pass them too.
#![cfg(feature = "runtime")]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unused,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    clippy::pedantic
)]
#![no_implicit_prelude]

use ::isolate::{Port, Resettable, Singleton, Storage, fixture, isolated, singleton};
use ::std::boxed::Box;
use ::std::result::Result::{self, Err, Ok};
use ::std::string::String;
use ::std::sync::atomic::{AtomicUsize, Ordering};
use ::std::sync::{LazyLock, Mutex, OnceLock};
use ::std::vec::Vec;
use ::std::{assert, assert_eq, assert_ne, panic};

/// A type with one instance.
#[::core::prelude::v1::derive(Debug, Singleton)]
#[singleton(instance = CACHE, reset = Cache::clear, after = [COUNT])]
pub struct Cache {
    entries: Mutex<Vec<u8>>,
}

impl Cache {
    fn clear(&self) -> Result<(), String> {
        match self.entries.lock() {
            Ok(mut entries) => {
                entries.clear();
                Ok(())
            }
            Err(_) => Err(String::new()),
        }
    }
}

/// Its instance.
pub static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache {
    entries: Mutex::new(Vec::new()),
});

/// A plain static.
#[singleton(reset = |count| count.store(0, Ordering::Relaxed))]
pub static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A cell.
#[singleton(reset = |list| list.lock().unwrap().clear(), after = [CACHE])]
pub static LIST: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();

/// Resets itself.
pub static SETTINGS: Resettable<String> = Resettable::new(String::new);

/// Documented.
#[isolated(storage, port(api, mock), group = "api", timeout = "20s", leaks(threads = "warn"))]
fn takes_some_and_binds_the_others(api: &Port) -> ::isolate::Result<()> {
    // An item first: nothing of the macro's may stand before it.
    use ::std::ops::Not;
    assert!(storage.path().is_dir().not().not());
    assert_ne!(api.number(), mock.number());
    let _listener = api.listener()?;
    Ok(())
}

#[isolated(port, storage)]
fn needs_no_use_of_what_is_listed() {}

#[isolated]
#[test]
#[should_panic(expected = "as expected: number")]
fn panics(_storage: &Storage, mut port: &Port) {
    let port = &mut port;
    panic!("as expected: number {}", port.number())
}

#[isolated]
#[ignore = "to be seen in the list only"]
fn is_ignored() -> Result<(), Box<dyn ::std::error::Error>> {
    Err("it ran")?
}

#[isolated(main_thread)]
fn runs_on_the_main_thread() {}

#[isolated(
    network = "prefer",
    files = "prefer",
    limits(memory = "1G", processes = 8, files = 64, cpu = "1m")
)]
fn has_a_machine_of_its_own() {}

#[cfg(any())]
#[isolated]
fn is_not_there() {
    does_not_compile();
}

#[isolated]
#[cfg_attr(all(), should_panic = "as expected")]
fn panics_under_a_condition() {
    panic!("as expected")
}

#[isolated(group = "outer", port(api), crate = ::isolate)]
mod r#try {
    use ::isolate::Port;

    #[test]
    fn r#match(_api: &Port) {}

    #[isolated(port(mock), group = "inner")]
    fn adds_ports(mock: &Port) {
        super::assert_ne!(mock.number(), api.number());
    }

    #[isolated(timeout = "20s")]
    mod deeper {
        #[isolated]
        #[test]
        fn inherits() {
            helper(api.number());
        }

        #[cfg_attr(any(), should_panic)]
        #[cfg_attr(all(), ignore = "not now")]
        #[test]
        fn passes_under_a_condition() {}

        fn helper(port: u16) {
            super::super::assert_ne!(port, 0);
        }
    }
}

#[fixture(port(api))]
fn r#type(api: &Port, _storage: &Storage, #[default(5)] mut r#match: u8, #[default("x")] r#mut: &str) -> String {
    r#match += 1;
    assert_ne!(api.number(), 0);
    ::std::format!("{match}{mut}")
}

#[fixture(scope = "worker")]
fn nothing() {}

/// Public, and never asked for.
#[fixture(scope = "group", crate = ::isolate)]
#[must_use]
pub fn numbers(_nothing: &()) -> Vec<u8> {
    ::std::vec![1, 2]
}

/// Where fixtures are far away.
pub mod deep {
    /// Its own.
    pub mod deeper {
        use ::isolate::fixture;

        /// Debug is enough for an error.
        ///
        /// # Errors
        ///
        /// If it was given something.
        #[fixture]
        pub fn far(
            #[default(::std::option::Option::None)] given: ::std::option::Option<&str>,
        ) -> super::super::Result<u8, super::super::Vec<u8>> {
            if given.is_some() {
                super::super::Err(super::super::Vec::new())
            } else {
                super::super::Ok(5)
            }
        }
    }
}

#[isolated(nothing, r#type(r#mut = "y"))]
fn asks_for_fixtures(_numbers: &[u8], mut r#type: String) {
    r#type.push('.');
    assert_eq!(r#type, "6y.");
}

#[isolated(far, r#type(r#match = 1, r#mut = "z"))]
mod with_fixtures {
    use super::deep::deeper::far;
    use ::isolate::fixture;

    #[fixture(autouse)]
    fn always() {}

    #[test]
    fn are_there() {
        super::assert_eq!(*far, 5);
        super::assert_eq!(r#type, "2z");
    }

    #[test]
    #[case(5)]
    fn beside_a_case(#[case] number: u8, #[from(far)] same: u8, storage: &::isolate::Storage) {
        super::assert!(storage.path().is_dir());
        super::assert_eq!((number, same), (5, 5));
    }

    #[test]
    fn as_parameters(far: u8, r#type: &str) {
        super::assert!(!r#type.is_empty() && far == 5);
    }
}

#[fixture]
fn r#loud(#[default("")] word: &str) -> String {
    ::std::format!("{word}!")
}

/// Documented.
#[isolated(storage, port(api))]
#[case(1, "a", 5)]
#[should_panic(expected = "as expected")]
#[case::r#type(2, "b", "6")]
fn r#loop(
    #[case] number: u8,
    #[case] text: String,
    #[case] mut parsed: u16,
    #[from(r#loud)]
    #[with("?")]
    r#type: &str,
) {
    parsed += 1;
    assert!(storage.path().is_dir() && api.number() != 0);
    assert_eq!(r#type, "?!");
    assert_eq!((&*text, parsed), ("a", 6), "as expected");
    assert_eq!(number, 1);
}

#[isolated]
fn combines<T: ::std::fmt::Debug>(
    #[values(1, 2)] _number: T,
    #[files("tests/exp*.rs")]
    #[mode = str]
    text: &str,
) {
    assert!(text.contains("no_implicit_prelude"));
}

macro_rules! cases {
    ($name:ident($parameter:ident): $($value:expr),*) => {
        #[isolated]
        fn $name(#[values($($value),*)] $parameter: u8) {
            assert!($parameter > 0);
        }
    };
}

cases!(is_positive(number): 1, 1 + 1);

macro_rules! tests {
    ($($name:ident $parameter:ident $ty:ty, $group:literal;)*) => {
        $(
            #[isolated(group = $group, storage, port($parameter, port))]
            fn $name($parameter: &$ty, port: &Port) {
                assert_ne!($parameter.number(), port.number());
                assert!(storage.path().is_dir());
            }
        )*
    };
}

tests! {
    takes_a_named_port api Port, "api";
    and_another mock Port, "api";
}

macro_rules! named_ports {
    ($name:ident($port:ident) $body:block) => {
        #[isolated(port($port))]
        fn $name() $body
    };
}

named_ports!(passes_on_a_body(api) { assert_ne!(api.number(), 0); });
named_ports!(passes_on_another(mock) { assert_ne!(mock.number(), 0); });

mod reexported {
    pub(crate) use ::isolate;

    use ::std::sync::atomic::{AtomicUsize, Ordering};
    use isolate::singleton;

    #[singleton(reset = |count| count.store(0, Ordering::Relaxed), crate = super::reexported::isolate)]
    pub(crate) static COUNT: AtomicUsize = AtomicUsize::new(0);
}

#[isolated(storage, port, crate = crate::reexported::isolate)]
fn finds_the_crate_elsewhere() {
    assert_eq!(reexported::COUNT.fetch_add(1, Ordering::Relaxed), 0);
}

#[isolated]
fn singletons_are_fresh() {
    assert_eq!(COUNT.fetch_add(1, Ordering::Relaxed), 0);
    assert!(SETTINGS.is_empty());
    let mut entries = CACHE.entries.lock().unwrap();
    assert!(entries.is_empty());
    entries.push(1);
    let list = LIST.get_or_init(|| Mutex::new(Vec::new()));
    assert!(list.lock().unwrap().is_empty());
    list.lock().unwrap().push(1);
}

#[isolated]
fn singletons_are_fresh_again() {
    singletons_are_fresh_again_too();
}

fn singletons_are_fresh_again_too() {
    assert_eq!(COUNT.fetch_add(1, Ordering::Relaxed), 0);
    assert!(LIST.get().is_none_or(|list| list.lock().unwrap().is_empty()));
}
