//! Fixtures that outlive their tests, and don't want to end.

#[cfg(test)]
mod tests {
    use std::thread;

    use isolate::prelude::*;
    use isolate::{Fixture, Result, fixture};

    fn for_ever<T>() -> T {
        loop {
            thread::park();
        }
    }

    struct Endless;

    #[fixture(scope = "worker")]
    fn endless() -> Endless {
        Endless
    }

    impl Fixture for Endless {
        fn teardown(&mut self) -> Result {
            for_ever() // it hangs
        }
    }

    struct Failing;

    #[fixture(scope = "worker")]
    fn failing() -> Failing {
        Failing
    }

    impl Fixture for Failing {
        fn teardown(&mut self) -> Result {
            Err("it would not go".into())
        }
    }

    #[isolated]
    fn has_it(_endless: &Endless) {}

    #[isolated]
    fn has_it_and_leaks(_endless: &Endless) {
        thread::spawn(for_ever::<()>);
    }

    #[isolated]
    fn has_one_that_fails(_failing: &Failing) {}
}
