//! What a panic carried.

use std::any::Any;

/// The text of a panic's payload; `None` when it is not a text.
pub fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
