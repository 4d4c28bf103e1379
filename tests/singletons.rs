//! Singletons as production code declares them, without the feature `runtime`: registered by the macros, reset together.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use isolate::__private::reset_singletons;
use isolate::{Resettable, Singleton, singleton};

#[derive(Default, Singleton)]
#[singleton(instance = CACHE, reset = CacheManager::clear, after = [deep::POOL])]
struct CacheManager {
    entries: Mutex<HashMap<String, String>>,
}

static CACHE: LazyLock<CacheManager> = LazyLock::new(CacheManager::default);

impl CacheManager {
    fn clear(&self) {
        log("cache");
        self.entries.lock().unwrap().clear();
    }
}

/// `reset` left out: the method of that name. The instance without a cell around it.
#[derive(Singleton)]
#[singleton(instance = COUNTER)]
struct Counter(AtomicUsize);

static COUNTER: Counter = Counter(AtomicUsize::new(0));

impl Counter {
    fn reset(&self) -> Result<(), String> {
        log("counter");
        match self.0.swap(0, Relaxed) {
            usize::MAX => Err("the counter ran over".into()),
            _ => Ok(()),
        }
    }
}

#[singleton(reset = |count| count.store(0, Relaxed), after = [CACHE, COUNTER])]
static COUNT: AtomicUsize = AtomicUsize::new(0);

#[singleton(reset = |list: &Mutex<Vec<u8>>| list.lock().unwrap().clear())]
static LIST: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();

mod deep {
    use std::sync::{LazyLock, Mutex};

    use isolate::singleton;

    #[singleton(reset = clear)]
    pub static POOL: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| Mutex::new(vec![0]));

    fn clear(pool: &Mutex<Vec<u8>>) {
        super::log("pool");
        pool.lock().unwrap().clear();
    }

    // Under a condition that doesn't hold there is neither the static nor its registration.
    #[cfg(any())]
    #[singleton(reset = nothing)]
    static GONE: u8 = 0;
}

macro_rules! counters {
    ($($name:ident)*) => {
        $(#[singleton(reset = |count| count.store(0, Relaxed))] static $name: AtomicUsize = AtomicUsize::new(0);)*
    };
}
counters!(FIRST SECOND);

static SETTINGS: Resettable<Vec<u8>> = Resettable::new(|| vec![1, 2, 3]);

static LOG: Mutex<Vec<&str>> = Mutex::new(Vec::new());

fn log(name: &'static str) {
    LOG.lock().unwrap().push(name);
}

/// Resets are felt by every test of this process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn all_are_reset() {
    let _alone = alone();
    CACHE.entries.lock().unwrap().insert("key".into(), "value".into());
    COUNTER.0.store(1, Relaxed);
    COUNT.store(1, Relaxed);
    LIST.get_or_init(Mutex::default).lock().unwrap().push(1);
    deep::POOL.lock().unwrap().push(1);
    FIRST.store(1, Relaxed);
    SECOND.store(1, Relaxed);
    let settings = &raw const *SETTINGS;

    reset_singletons().unwrap();

    assert!(CACHE.entries.lock().unwrap().is_empty());
    assert_eq!(COUNTER.0.load(Relaxed), 0);
    assert_eq!(COUNT.load(Relaxed), 0);
    assert!(LIST.get().unwrap().lock().unwrap().is_empty());
    assert!(deep::POOL.lock().unwrap().is_empty());
    assert_eq!((FIRST.load(Relaxed), SECOND.load(Relaxed)), (0, 0));
    assert_eq!(*SETTINGS, [1, 2, 3]);
    assert!(!std::ptr::eq(settings, &raw const *SETTINGS));
}

#[test]
fn in_the_order_of_after_and_then_by_name() {
    let _alone = alone();
    LazyLock::force(&CACHE);
    LazyLock::force(&deep::POOL);
    LOG.lock().unwrap().clear();
    reset_singletons().unwrap();
    assert_eq!(*LOG.lock().unwrap(), ["counter", "pool", "cache"]);
}

#[test]
fn a_failure_names_the_singleton_and_its_place_and_stops_no_other() {
    let _alone = alone();
    COUNTER.0.store(usize::MAX, Relaxed);
    COUNT.store(1, Relaxed);
    let error = reset_singletons().unwrap_err().to_string();
    let expected =
        "singleton `singletons::COUNTER` (tests/singletons.rs:28) could not be reset: \"the counter ran over\"";
    assert_eq!(error, expected);
    assert_eq!(COUNT.load(Relaxed), 0);
}
