//! What a panic carried.

use std::any::Any;

/// The text of a panic's payload; `None` when it is not a text.
pub fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// The same for a sentence such as "its drop panicked: …". The payload is not dropped: that could panic once more.
pub fn say(payload: Box<dyn Any + Send>) -> String {
    let said = text(&*payload).unwrap_or("with no text").to_owned();
    crate::sys::lsan::ignore(Box::into_raw(payload));
    said
}
