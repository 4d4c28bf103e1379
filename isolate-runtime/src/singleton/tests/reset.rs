use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock};

use super::entry;
use crate::singleton::outcome::{GetInstance as _, Instance, call, reset_outcome};
use crate::singleton::registry_intact;
use crate::singleton::reset::reset;

static A: [u32; 3] = [1; 3];
static B: [u32; 3] = [2; 3];
static C: [u32; 3] = [3; 3];
static D: [u32; 3] = [4; 3];

#[test]
fn attempts_all_and_names_those_that_failed() {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    let a = entry("app::A", 1, &A, &[], || reset_outcome(Err::<(), _>("disk \"full\"")));
    let b = entry("app::B", 2, &B, &[], || panic!("no luck {}", 7));
    let c = entry("app::C", 3, &C, &[], || std::panic::panic_any(5));
    let d = entry("app::D", 4, &D, &[], || {
        DONE.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let error = reset(&[&a, &b, &c, &d]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "singleton `app::A` (src/app.rs:1) could not be reset: \"disk \\\"full\\\"\"\n\
         singleton `app::B` (src/app.rs:2) could not be reset: it panicked: no luck 7\n\
         singleton `app::C` (src/app.rs:3) could not be reset: it panicked: (with a value that is no text)"
    );
    assert_eq!(DONE.load(Ordering::Relaxed), 1);
    assert_eq!(reset(&[&d]), Ok(()));
    assert_eq!(DONE.load(Ordering::Relaxed), 2);
}

#[test]
fn lazy_cells_that_were_never_used_stay_so() {
    static LAZY: LazyLock<Mutex<u8>> = LazyLock::new(|| Mutex::new(1));
    static ONCE: OnceLock<Mutex<u8>> = OnceLock::new();
    static PLAIN: Mutex<u8> = Mutex::new(1);
    assert!(Instance(&LAZY).get_instance().is_none());
    assert!(LazyLock::get(&LAZY).is_none());
    assert!(Instance(&ONCE).get_instance().is_none());
    let cell: &Mutex<u8> = Instance(&PLAIN).get_instance().unwrap();
    assert!(std::ptr::eq(cell, &raw const PLAIN));

    let zero = |cell: &Mutex<u8>| *cell.lock().unwrap() = 0;
    *LAZY.lock().unwrap() = 7;
    ONCE.set(Mutex::new(7)).unwrap();
    call(Instance(&LAZY).get_instance().unwrap(), zero);
    call(Instance(&ONCE).get_instance().unwrap(), zero);
    assert_eq!((*LAZY.lock().unwrap(), *ONCE.get().unwrap().lock().unwrap()), (0, 0));
}

#[test]
#[cfg_attr(miri, ignore = "constructors don't run")]
fn the_registry_of_this_binary_is_intact() {
    assert_eq!(registry_intact(), Ok(()));
}
