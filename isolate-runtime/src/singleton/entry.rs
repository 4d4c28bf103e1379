//! What is known of a registered singleton.

use super::outcome::Message;

/// A registered singleton.
#[derive(Debug)]
pub struct Entry {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) line: u32,
    pub(super) reset: fn() -> Result<(), Message>,
    pub(super) instance: Static,
    pub(super) after: &'static [Static],
}

inventory::collect!(Entry);

impl Entry {
    /// Describes a singleton: the full name of its static, where it is registered, and what to reset before it.
    pub const fn new(
        name: &'static str,
        file: &'static str,
        line: u32,
        reset: fn() -> Result<(), Message>,
        instance: Static,
        after: &'static [Static],
    ) -> Self {
        Self {
            name,
            file,
            line,
            reset,
            instance,
            after,
        }
    }
}

/// A static, known by its address: the same one may go by many paths.
#[derive(Debug)]
pub struct Static {
    pub(super) path: &'static str,
    pub(super) address: *const (),
}

// SAFETY: the address is compared, never followed.
unsafe impl Sync for Static {}
// SAFETY: as above.
unsafe impl Send for Static {}

impl Static {
    /// Names a static by the path that somebody wrote and by its address.
    pub const fn new<T>(path: &'static str, instance: &'static T) -> Self {
        Self {
            path,
            address: std::ptr::from_ref(instance).cast(),
        }
    }
}
