//! Fixtures that note what happens to them, and some that go wrong.
#![cfg(test)]

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write;

use isolate::prelude::*;

fn note(text: &str) {
    let path = std::env::var("E2E_DIR").unwrap() + "/events";
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// Notes its end.
struct Noted(String);

impl Noted {
    fn new(name: &str) -> Self {
        note(&format!("build {name}"));
        Self(name.to_owned())
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        note(&format!("end {}", self.0));
    }
}

#[fixture]
fn first() -> Noted {
    Noted::new("first")
}

#[fixture]
fn second(_first: &Noted) -> Noted {
    Noted::new("second")
}

#[fixture]
fn third(_second: &Noted) -> Noted {
    Noted::new("third")
}

mod order {
    use super::*;

    #[isolated(third, first)]
    fn passes() {
        note("test");
    }

    #[isolated(third, first)]
    fn panics() {
        panic!("in the body");
    }
}

mod building {
    use super::*;

    #[fixture]
    fn panicking(_first: &Noted) -> Noted {
        panic!("in a fixture") // PANICKING
    }

    #[fixture]
    fn failing(_first: &Noted) -> Result<Noted, std::num::ParseIntError> {
        "x".parse::<u8>().map(|_| Noted::new("never"))
    }

    #[derive(Debug)]
    struct Silent;

    #[fixture]
    fn silent() -> Result<(), Silent> {
        Err(Silent)
    }

    #[isolated(second, panicking, third)]
    fn panics() {
        note("test");
    }

    #[isolated(failing)]
    fn fails() {
        note("test");
    }

    #[isolated(silent)]
    fn fails_without_display() {}

    #[isolated(panicking)]
    #[should_panic = "in a fixture"]
    fn panics_elsewhere() {}

    #[fixture]
    fn outer(failing: &Noted) -> String {
        failing.0.clone()
    }

    #[isolated(outer)]
    fn fails_further_in() {}
}

mod ending {
    use super::*;

    struct Ending {
        teardown: fn() -> Result,
        verify: fn() -> Result,
        _noted: Noted,
    }

    impl Fixture for Ending {
        fn teardown(&mut self) -> Result {
            (self.teardown)()
        }

        fn verify(&mut self) -> Result {
            (self.verify)()
        }
    }

    #[fixture]
    fn connection(_first: &Noted) -> Ending {
        Ending {
            teardown: || Err("the server is gone".into()),
            verify: || Err("connection not closed".into()),
            _noted: Noted::new("connection"),
        }
    }

    #[fixture]
    fn panicking(_connection: &Ending) -> Ending {
        Ending {
            teardown: || panic!("in a teardown"),
            verify: || Ok(()),
            _noted: Noted::new("panicking"),
        }
    }

    #[isolated(panicking)]
    fn fails() {}

    #[isolated(panicking)]
    fn panics() {
        panic!("in the body");
    }

    #[isolated]
    fn wants_to_own(_connection: Ending) {}
}

mod worker {
    use super::*;

    #[fixture(scope = "worker")]
    fn app() -> Noted {
        Noted::new(&format!("app of {} {}", isolate::worker().name(), isolate::worker().incarnation()))
    }

    #[fixture(scope = "worker")]
    fn window(_app: &Noted) -> Noted {
        Noted::new(&format!("window of {} {}", isolate::worker().name(), isolate::worker().incarnation()))
    }

    macro_rules! tests {
        ($($name:ident)*) => { $( #[isolated(app, window, first)] fn $name() {} )* };
    }
    tests!(t1 t2 t3 t4 t5 t6 t7 t8);

    struct Failing;

    impl Fixture for Failing {
        fn teardown(&mut self) -> Result {
            Err("the app is still running".into())
        }
    }

    #[fixture(scope = "worker")]
    fn failing() -> Failing {
        Failing
    }

    #[isolated(failing)]
    fn fails_at_its_end() {}
}

mod group {
    use super::*;

    #[fixture(scope = "group")]
    fn cache() -> Noted {
        Noted::new(&format!("cache {}", std::process::id()))
    }

    fn test(group: &str) {
        note(&format!("test of {group} {}", std::process::id()));
    }

    #[isolated(cache, group = "a")]
    mod a {
        #[test]
        fn t1() {
            super::test("a");
        }

        #[test]
        fn t2() {
            super::test("a");
        }
    }

    #[isolated(cache, group = "b")]
    mod b {
        #[test]
        fn t1() {
            super::test("b");
        }

        #[test]
        fn t2() {
            super::test("b");
        }
    }
}

mod main_thread {
    use super::*;

    /// Can't leave its thread.
    struct Window(Cell<u32>, *const u8);

    #[fixture(scope = "worker")]
    fn window() -> Window {
        assert_eq!(std::process::id(), unsafe { libc::gettid() }.cast_unsigned());
        Window(Cell::new(0), std::ptr::null())
    }

    #[fixture]
    fn title(window: &Window) -> String {
        window.0.set(window.0.get() + 1);
        format!("{:?}", window.1)
    }

    #[isolated(main_thread, title)]
    fn has_it(window: &Window) {
        assert!(window.0.get() > 0);
    }

    #[isolated(main_thread, title)]
    fn has_it_too(window: &Window) {
        assert!(window.0.get() > 0);
    }

    #[isolated]
    fn lacks_it(_title: &str) {}
}
