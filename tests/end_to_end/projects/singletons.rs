//! Singletons, and tests that change them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use isolate::{Resettable, Singleton};

/// The order in which resets ran since the last look.
pub static ORDER: Mutex<Vec<&str>> = Mutex::new(Vec::new());

#[derive(Default, Singleton)]
#[singleton(instance = CACHE, reset = Cache::clear)]
pub struct Cache {
    pub entries: Mutex<HashMap<String, String>>,
}

pub static CACHE: LazyLock<Cache> = LazyLock::new(Cache::default);

impl Cache {
    fn clear(&self) {
        self.entries
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clear();
        ORDER.lock().unwrap().push("cache");
    }
}

/// Built from the environment, and again after each reset.
pub static SETTINGS: Resettable<Mutex<String>> = Resettable::new(|| Mutex::new("factory".into()));

pub static BUILT: AtomicUsize = AtomicUsize::new(0);

pub static COUNTED: Resettable<usize> = Resettable::new(|| BUILT.fetch_add(1, Ordering::SeqCst));

/// Makes the next reset fail.
pub static SABOTAGE: AtomicBool = AtomicBool::new(false);

pub struct Fragile;

#[isolate::singleton(reset = reset_fragile)]
pub static FRAGILE: Fragile = Fragile;

fn reset_fragile(_: &Fragile) {
    assert!(!SABOTAGE.load(Ordering::SeqCst), "the reset was sabotaged");
}

#[cfg(test)]
mod tests {
    use isolate::prelude::*;

    use super::*;

    #[isolated]
    fn a_dirties() {
        CACHE.entries.lock().unwrap().insert("key".into(), "dirt".into());
        *SETTINGS.lock().unwrap() = "dirt".into();
    }

    #[isolated]
    fn b_is_clean() {
        assert!(CACHE.entries.lock().unwrap().is_empty());
        assert_eq!(*SETTINGS.lock().unwrap(), "factory");
    }

    #[isolated]
    fn c_poisons() {
        let _guard = CACHE.entries.lock().unwrap();
        panic!("with the lock held");
    }

    #[isolated]
    fn d_is_built_afresh() {
        let first = *COUNTED;
        assert_eq!(*COUNTED, first, "once per test");
    }

    #[isolated]
    fn m_sabotages() {
        SABOTAGE.store(true, Ordering::SeqCst);
    }

    #[isolated]
    fn n_suffers() {}

    #[isolated]
    fn o_has_a_new_process() {
        assert!(!SABOTAGE.load(Ordering::SeqCst));
    }
}
