//! Tests that use what libtest and the attribute promise together.

#[cfg(test)]
mod tests {
    use std::thread;

    use isolate::prelude::*;

    #[isolated(main_thread)]
    fn on_the_main_thread() {
        // SAFETY: it touches no memory.
        let thread = unsafe { libc::gettid() };
        assert_eq!(thread.unsigned_abs(), std::process::id());
    }

    #[isolated(main_thread)]
    fn on_the_main_thread_and_fails() {
        println!("seen on the main thread");
        panic!("main threads are broken");
    }

    #[isolated]
    fn on_a_thread_of_its_own() {
        // SAFETY: it touches no memory.
        let thread = unsafe { libc::gettid() };
        assert_ne!(thread.unsigned_abs(), std::process::id());
        assert_eq!(thread::current().name(), Some("tests::on_a_thread_of_its_own"));
    }

    #[isolated]
    fn takes_the_panic_hook() {
        std::panic::set_hook(Box::new(|_| ()));
    }

    #[isolated]
    fn talks_after_a_hook_was_taken() {
        panic!("loud and clear");
    }

    #[isolated(storage)]
    fn a_name_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on_that_goes_on()
     {
        assert!(storage.path().is_dir());
    }

    #[isolated]
    #[should_panic]
    fn panics_as_it_should() {
        panic!("whatever");
    }

    #[isolated]
    #[should_panic(expected = "is full")]
    fn panics_with_the_text() {
        panic!("the disk is full today");
    }

    #[isolated]
    #[should_panic(expected = "is full")]
    fn panics_with_another_text() {
        panic!("the disk is gone");
    }

    #[isolated]
    #[should_panic]
    fn does_not_panic() {
        println!("all is well");
    }

    #[isolated]
    #[should_panic]
    fn crashes_where_it_should_panic() {
        std::process::abort();
    }

    #[isolated]
    #[should_panic]
    fn exits_where_it_should_panic() {
        std::process::exit(101);
    }

    #[isolated]
    #[should_panic]
    fn leaks_where_it_should_panic() {
        thread::Builder::new()
            .name("leftover".into())
            .spawn(|| thread::park())
            .unwrap();
        panic!("as it should");
    }

    #[isolated]
    #[ignore = "takes a week"]
    fn ignored() {
        println!("ignored, and run all the same");
    }

    #[isolated]
    #[ignore]
    fn ignored_without_a_reason() {
        panic!("told you");
    }

    #[isolated(storage)]
    /// Documented between its attributes.
    #[allow(clippy::unnecessary_wraps)]
    fn ends_with_ok() -> Result<(), String> {
        assert!(storage.path().exists());
        Ok(())
    }

    #[isolated]
    fn ends_with_an_exit_code() -> std::process::ExitCode {
        std::process::ExitCode::FAILURE
    }

    #[isolated]
    fn fresh_thread_locals_1() {
        count();
    }

    #[isolated]
    fn fresh_thread_locals_2() {
        count();
    }

    fn count() {
        thread_local!(static COUNT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });
        COUNT.set(COUNT.get() + 1);
        assert_eq!(COUNT.get(), 1);
    }

    macro_rules! generated {
        ($($name:ident)*) => {
            $(
                #[isolated(storage)]
                fn $name() {
                    assert!(storage.path().is_dir());
                }
            )*
        };
    }

    generated! { generated_1 generated_2 }

    #[cfg(any())]
    #[isolated]
    fn configured_away() {
        no_such_function();
    }

    #[test]
    fn plain_passes() {}

    #[test]
    fn plain_fails() {
        panic!("plainly");
    }
}
