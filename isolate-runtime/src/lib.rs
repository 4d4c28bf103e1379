//! What stands behind `isolate-test`: the registry of tests, the processes they run in, their fixtures, and the checks
//! on what they leave behind. Use it through that crate.

#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod directory;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod error;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod fixtures;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod leaks;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod port_block;
pub mod singleton;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod stacks;
#[cfg(feature = "runtime")]
#[doc(hidden)]
pub mod sys;
