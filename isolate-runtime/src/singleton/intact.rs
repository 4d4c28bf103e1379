//! Whether the constructors that fill the registry have run at all.

use std::error::Error;
use std::fmt;

struct Sentinel;

inventory::collect!(Sentinel);
inventory::submit!(Sentinel);

/// The registry came up empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

impl Error for Missing {}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the registry of singletons came up empty: the linker dropped its constructors, or they were not \
             run; keep the section `.init_array` (a linker script or `-nostartfiles` may drop it)",
        )
    }
}

/// Checks that entries reach the registry in this binary, by one of our own; fails if it is not there.
pub fn registry_intact() -> Result<(), Missing> {
    if inventory::iter::<Sentinel>.into_iter().next().is_some() {
        Ok(())
    } else {
        Err(Missing)
    }
}
