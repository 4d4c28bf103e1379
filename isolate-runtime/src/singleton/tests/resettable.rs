use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::singleton::Resettable;
use crate::singleton::resettable::forget_all;

/// Resetting all is felt by every test here.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn makes_its_value_once_and_again_after_each_reset() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static VALUE: Resettable<usize> = Resettable::new(|| COUNT.fetch_add(1, Ordering::Relaxed));
    let _alone = alone();
    forget_all();
    assert_eq!(
        COUNT.load(Ordering::Relaxed),
        0,
        "one that was never used is left alone"
    );
    assert_eq!((*VALUE, *VALUE), (0, 0));
    forget_all();
    forget_all();
    assert_eq!((*VALUE, *VALUE), (1, 1));
    Resettable::reset(&VALUE);
    Resettable::reset(&VALUE);
    assert_eq!(*VALUE, 2);
    forget_all();
    assert_eq!(*VALUE, 3);
}

#[test]
fn old_values_stay_whole() {
    static VALUE: Resettable<String> = Resettable::new(|| String::from("value"));
    let _alone = alone();
    let first: &'static String = &VALUE;
    forget_all();
    let second: &'static String = &VALUE;
    assert!(!std::ptr::eq(first, second));
    assert_eq!((first.as_str(), second.as_str()), ("value", "value"));
}

#[test]
fn may_be_moved_and_dropped() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Counted(u8);
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _alone = alone();
    let value = Resettable::new(|| Counted(7));
    assert_eq!(value.0, 7);
    let value = Box::new(value);
    forget_all();
    assert_eq!(value.0, 7);
    assert_eq!(DROPPED.load(Ordering::Relaxed), 0, "old values are kept");
    drop(value);
    assert_eq!(DROPPED.load(Ordering::Relaxed), 2, "as long as the whole");
    forget_all();
    drop(Resettable::new(|| Counted(8)));
    assert_eq!(DROPPED.load(Ordering::Relaxed), 2, "nothing is made only to be dropped");
}

#[test]
fn an_init_that_panics_is_tried_again() {
    static TRIES: AtomicUsize = AtomicUsize::new(0);
    static VALUE: Resettable<usize> = Resettable::new(|| {
        let tries = TRIES.fetch_add(1, Ordering::Relaxed);
        assert!(tries > 0, "not yet");
        tries
    });
    let _alone = alone();
    let panic = catch_unwind(|| *VALUE).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"not yet"));
    assert_eq!(*VALUE, 1);
    forget_all();
    assert_eq!(*VALUE, 2);
}

#[test]
fn an_init_that_uses_itself_panics_and_says_where() {
    static VALUE: Resettable<u8> = Resettable::new(|| *VALUE);
    let line = line!() - 1;
    let _alone = alone();
    let panic = catch_unwind(AssertUnwindSafe(|| *VALUE)).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert_eq!(
        *text,
        format!(
            "the value of the `Resettable` at {}:{line}:36 is used by its own `init`",
            file!()
        )
    );
}

#[test]
fn one_init_may_use_another() {
    static INNER: Resettable<u8> = Resettable::new(|| 1);
    static OUTER: Resettable<u8> = Resettable::new(|| *INNER + 1);
    let _alone = alone();
    assert_eq!(*OUTER, 2);
    Resettable::reset(&INNER);
    assert_eq!(*OUTER, 2);
}

#[test]
fn threads_that_come_at_once_share_one_value() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let _alone = alone();
    for round in 1..=if cfg!(miri) { 3 } else { 50 } {
        let value = Arc::new(Resettable::new(|| COUNT.fetch_add(1, Ordering::Relaxed) + 1));
        let barrier = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (value, barrier) = (Arc::clone(&value), Arc::clone(&barrier));
                thread::spawn(move || {
                    barrier.wait();
                    **value
                })
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), round);
        }
    }
}

#[test]
fn resets_and_uses_may_meet() {
    static VALUE: Resettable<String> = Resettable::new(|| String::from("value"));
    let _alone = alone();
    let rounds = if cfg!(miri) { 10 } else { 1_000 };
    thread::scope(|scope| {
        for reset in [forget_all as fn(), || Resettable::reset(&VALUE)] {
            scope.spawn(move || (0..rounds).for_each(|_| reset()));
        }
        for _ in 0..2 {
            scope.spawn(|| (0..rounds).for_each(|_| assert_eq!(*VALUE, "value")));
        }
    });
    forget_all();
    assert_eq!(*VALUE, "value");
}

#[test]
fn shows_its_value_only_if_there_is_one() {
    static VALUE: Resettable<u8> = Resettable::new(|| 5);
    let _alone = alone();
    let line = line!() - 2;
    assert_eq!(
        format!("{VALUE:?}"),
        format!("Resettable(<uninitialised at {}:{line}:36>)", file!())
    );
    assert_eq!(*VALUE, 5);
    assert_eq!(format!("{VALUE:?}"), "Resettable(5)");
}
