//! What lies between a static and its reset function: whether there is anything to reset, and what a reset returns.

use std::fmt::Debug;
use std::sync::{LazyLock, OnceLock};

/// Why a reset failed, in its own words.
pub type Message = String;

/// A static, to be looked into by [`GetInstance`] or, for the lazy cells of `std`, by the methods of the same name here,
/// which the compiler prefers. So a cell that was never used isn't initialised only to be reset.
#[derive(Debug)]
pub struct Instance<S: 'static>(pub &'static S);

impl<T, F> Instance<LazyLock<T, F>> {
    /// What the cell holds, if it has been used.
    pub fn get_instance(&self) -> Option<&'static T> {
        LazyLock::get(self.0)
    }
}

impl<T> Instance<OnceLock<T>> {
    /// What the cell holds, if it has been set.
    pub fn get_instance(&self) -> Option<&'static T> {
        self.0.get()
    }
}

/// Looks into a static of any other type.
pub trait GetInstance<S> {
    /// The static itself.
    fn get_instance(&self) -> Option<&'static S>;
}

impl<S> GetInstance<S> for Instance<S> {
    fn get_instance(&self) -> Option<&'static S> {
        Some(self.0)
    }
}

/// Calls a closure whose parameter has no type written to it.
pub fn call<T: ?Sized, R>(instance: &'static T, reset: impl FnOnce(&'static T) -> R) -> R {
    reset(instance)
}

/// What a reset may return.
#[diagnostic::on_unimplemented(
    message = "a reset returns `()` or `Result<(), E>`, not `{Self}`",
    label = "this reset returns `{Self}`",
    note = "`E` needs `Debug`; end a closure in `;` to return nothing: `|it| {{ it.swap(0, Relaxed); }}`"
)]
pub trait ResetOutcome {
    /// The failure, if it is one.
    fn into_result(self) -> Result<(), Message>;
}

impl ResetOutcome for () {
    fn into_result(self) -> Result<(), Message> {
        Ok(())
    }
}

impl<E: Debug> ResetOutcome for Result<(), E> {
    fn into_result(self) -> Result<(), Message> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// Judges what a reset returned.
pub fn reset_outcome(outcome: impl ResetOutcome) -> Result<(), Message> {
    outcome.into_result()
}
