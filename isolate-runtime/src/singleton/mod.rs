//! Singletons: what production code declares, and what resets them before a test.
//!
//! In go the statics that `#[derive(Singleton)]` and `#[singleton]` register, collected before `main` by `inventory`,
//! and every [`Resettable`] once it is initialised. Out comes [`reset_all`], which sets all of them back.

pub mod entry;
mod error;
mod intact;
mod order;
mod outcome;
mod reset;
mod resettable;

pub use error::ResetError;
pub use intact::{Missing, registry_intact};
#[cfg(feature = "runtime")]
pub(crate) use reset::find_order;
pub use reset::reset_all;
pub use resettable::Resettable;

/// What the expansions of `#[derive(Singleton)]` and `#[singleton]` call. Not for anybody else.
#[doc(hidden)]
pub mod private {
    pub use super::entry::{Entry, Static};
    pub use super::outcome::{GetInstance, Instance, Message, ResetOutcome, call, reset_outcome};
    pub use super::reset::reset_all as reset_singletons;
    pub use inventory;
}

#[cfg(test)]
mod tests;
