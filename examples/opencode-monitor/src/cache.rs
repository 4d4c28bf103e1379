//! [`CACHE`]: what the monitor remembers between two questions.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use isolate::Singleton;

/// The cache of this process.
pub static CACHE: LazyLock<CacheManager> = LazyLock::new(CacheManager::default);

/// Texts by key. In the isolated tests each finds it empty.
#[derive(Debug, Default, Singleton)]
#[singleton(instance = CACHE, reset = CacheManager::clear)]
pub struct CacheManager {
    entries: Mutex<HashMap<String, String>>,
}

impl CacheManager {
    /// What is remembered under this key.
    pub fn get(&self, key: &str) -> Option<String> {
        self.lock().get(key).cloned()
    }

    /// Remembers a value in place of the one before.
    pub fn set(&self, key: impl Into<String>, value: impl Into<String>) {
        self.lock().insert(key.into(), value.into());
    }

    /// How much is remembered.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// `CACHE` is one per process and each of these tests expects it empty: what an isolated test relies on.
#[cfg(test)]
#[isolate::isolated]
mod tests {
    use super::*;

    #[test]
    fn remembers() {
        assert!(CACHE.is_empty());
        CACHE.set("user", "alice");
        assert_eq!(CACHE.get("user").as_deref(), Some("alice"));
    }

    #[test]
    fn replaces() {
        assert!(CACHE.is_empty());
        CACHE.set("user", "alice");
        CACHE.set("user", "bob");
        assert_eq!((CACHE.get("user").as_deref(), CACHE.len()), (Some("bob"), 1));
    }

    #[test]
    fn forgets() {
        assert!(CACHE.is_empty());
        CACHE.set("user", "alice");
        CACHE.clear();
        assert_eq!(CACHE.get("user"), None);
    }

    #[test]
    fn survives_a_panic_while_it_is_locked() {
        assert!(CACHE.is_empty());
        let panicked = std::thread::spawn(|| {
            let _held = CACHE.lock();
            panic!("while the cache is locked");
        });
        assert!(panicked.join().is_err());
        CACHE.set("user", "alice");
        assert_eq!(CACHE.len(), 1);
    }
}
