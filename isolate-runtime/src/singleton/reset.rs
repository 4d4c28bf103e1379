//! Resetting everything.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use super::entry::Entry;
use super::error::{Cause, ResetError};
use super::order::order;
use super::resettable;

/// Resets all singletons; fails with the name, the place and the message of each that could not be reset.
///
/// The order is always the same. First every initialised [`Resettable`](super::Resettable) is forgotten, which runs no
/// code of theirs. Then each registered singleton is reset, behind those in its `after = […]`, and by its full name where
/// that leaves a choice. A reset that panics or returns an error stops none of the others. If the order can't be found,
/// because of a cycle or because an `after` names a static that isn't registered, no registered singleton is reset.
///
/// The order is found once in a process.
pub fn reset_all() -> Result<(), ResetError> {
    resettable::forget_all();
    match found_order() {
        Ok(entries) => reset(entries),
        Err(causes) => ResetError::new(causes.clone()),
    }
}

/// Finds the order now. In a process that will be copied, so that the copies know it.
#[cfg(feature = "runtime")]
pub fn find_order() {
    let _ = found_order();
}

fn found_order() -> &'static Result<Vec<&'static Entry>, Vec<Cause>> {
    static ORDER: OnceLock<Result<Vec<&'static Entry>, Vec<Cause>>> = OnceLock::new();
    ORDER.get_or_init(|| order(inventory::iter::<Entry>))
}

/// Resets some singletons, in this order.
pub(super) fn reset(entries: &[&Entry]) -> Result<(), ResetError> {
    let mut failed = Vec::new();
    for entry in entries {
        let result = catch_unwind(AssertUnwindSafe(entry.reset));
        let message = match result {
            Ok(Ok(())) => continue,
            Ok(Err(message)) => message,
            Err(panic) => format!("it panicked: {}", text(panic)),
        };
        failed.push(Cause::Failed {
            singleton: (*entry).into(),
            message,
        });
    }
    ResetError::new(failed)
}

fn text(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => match panic.downcast_ref::<&str>() {
            Some(text) => (*text).to_owned(),
            None => String::from("(with a value that is no text)"),
        },
    }
}
