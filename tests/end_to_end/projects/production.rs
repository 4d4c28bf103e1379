//! An application that declares its singletons.

use std::sync::Mutex;

use isolate::{Resettable, Singleton, Swappable};

#[derive(Singleton)]
#[singleton(instance = COUNTER, reset = Counter::reset)]
pub struct Counter {
    value: Mutex<u32>,
}

pub static COUNTER: Counter = Counter { value: Mutex::new(0) };

pub static SETTINGS: Resettable<Vec<u32>> = Resettable::new(|| vec![1, 2, 3]);

pub static STEP: Swappable<u32> = Swappable::new(1);

impl Counter {
    pub fn next(&self) -> u32 {
        let mut value = self.value.lock().unwrap();
        *value += *STEP;
        *value
    }

    fn reset(&self) {
        *self.value.lock().unwrap() = 0;
    }
}

#[test]
fn works() {
    assert_eq!((COUNTER.next(), COUNTER.next()), (1, 2));
    assert_eq!(*SETTINGS, [1, 2, 3]);
    assert_eq!(size_of_val(&STEP), size_of::<u32>());
}
