//! Fixtures that outlive their tests, and don't want to end.

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use isolate::prelude::*;
    use isolate::{Fixture, Result, fixture};

    struct Endless;

    #[fixture(scope = "worker")]
    fn endless() -> Endless {
        Endless
    }

    impl Fixture for Endless {
        fn teardown(&mut self) -> Result {
            // A teardown that hangs: nothing ever comes.
            thread::sleep(Duration::from_secs(1000));
            Ok(())
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
        // The leak itself.
        thread::spawn(|| thread::sleep(Duration::from_secs(1000)));
    }

    #[isolated]
    fn has_one_that_fails(_failing: &Failing) {}
}
