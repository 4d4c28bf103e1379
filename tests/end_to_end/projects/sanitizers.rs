#![allow(dead_code)]

use std::hint::black_box;

/// Nobody refers to it afterwards.
#[inline(never)]
fn lose() {
    let lost = vec![7_u8; 1234];
    std::mem::forget(black_box(lost));
}

#[inline(never)]
fn use_after_free() -> u8 {
    let freed = black_box(vec![1_u8; 10]);
    let place = freed.as_ptr();
    drop(freed);
    // What the test is about.
    unsafe { place.add(3).read_volatile() }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;
    use std::thread;

    use isolate::prelude::*;
    use isolate::{Resettable, Swappable};

    static NUMBERS: Resettable<Vec<u8>> = Resettable::new(|| vec![1, 2, 3]);
    static NAME: Swappable<fn() -> String> = Swappable::new(|| "original".to_owned());
    static KEPT: OnceLock<&'static [u8]> = OnceLock::new();

    #[fixture(scope = "worker")]
    fn table() -> Vec<String> {
        (0..10).map(|number| number.to_string()).collect()
    }

    #[fixture(scope = "session")]
    fn address() -> String {
        ["local", "host"].concat()
    }

    mod keeps {
        use super::*;

        #[isolated]
        fn resets(#[values(1, 2, 3, 4)] _round: u32) {
            assert_eq!(*NUMBERS, [1, 2, 3]);
        }

        #[isolated]
        fn leaks_into_a_static() {
            KEPT.set(Vec::leak(vec![1_u8; 100])).unwrap();
        }

        #[isolated(process)]
        fn leaks_into_a_static_of_its_own() {
            KEPT.set(Vec::leak(vec![1_u8; 100])).unwrap();
        }

        #[isolated]
        fn has_threads() {
            let held = vec![1_u8; 1000];
            thread::scope(|scope| {
                scope.spawn(|| assert_eq!(held.len(), 1000));
            });
        }

        #[isolated(process)]
        fn has_threads_of_its_own() {
            thread::spawn(|| vec![1_u8; 1000].len()).join().unwrap();
        }

        #[isolated]
        fn takes_a_fixture(table: &Vec<String>) {
            assert_eq!(table.len(), 10);
        }

        #[isolated(process)]
        fn takes_a_copy_of_a_fixture(table: &Vec<String>) {
            assert_eq!(table[3], "3");
        }

        #[isolated]
        fn takes_a_value_of_the_session(address: &String) {
            assert_eq!(address, "localhost");
        }

        #[isolated(process)]
        fn takes_a_copy_of_a_value_of_the_session(address: &String) {
            assert_eq!(address, "localhost");
        }

        #[isolated(storage, port, mocks)]
        fn has_what_is_built_in(storage: &Storage, port: &Port, mocks: &Mocks) {
            std::fs::write(storage.join("file"), "text").unwrap();
            port.listener().unwrap();
            mocks.replace(&NAME, || "replaced".to_owned());
            assert_eq!(NAME(), "replaced");
        }

        #[isolated]
        #[should_panic(expected = "with a text")]
        fn panics() {
            panic!("{} a text", "with");
        }

        #[isolated(main_thread)]
        fn on_the_main_thread() {
            assert_eq!(*NUMBERS, [1, 2, 3]);
        }
    }

    mod loses {
        use super::*;

        #[isolated]
        fn among_others() {
            crate::lose();
        }

        #[isolated(process)]
        fn alone() {
            crate::lose();
        }

        #[isolated]
        fn nothing() {}

        #[isolated(process)]
        fn nothing_either() {}
    }

    mod uses {
        use super::*;

        #[isolated]
        fn after_free() {
            crate::use_after_free();
        }

        #[isolated(process)]
        fn after_free_alone() {
            crate::use_after_free();
        }
    }
}
