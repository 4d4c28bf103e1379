//! [`CACHE`]: what the monitor remembers between two questions.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// The cache of this process.
pub static CACHE: LazyLock<CacheManager> = LazyLock::new(CacheManager::default);

/// Texts by key.
#[derive(Debug, Default)]
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
