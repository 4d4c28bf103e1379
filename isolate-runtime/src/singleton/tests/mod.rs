mod order;
mod reset;
mod resettable;

use super::entry::{Entry, Static};
use super::outcome::Message;

/// An entry of this file at `line`; the names stand for the statics.
const fn entry(
    name: &'static str,
    line: u32,
    instance: &'static [u32; 3],
    after: &'static [Static],
    reset: fn() -> Result<(), Message>,
) -> Entry {
    Entry::new(name, "src/app.rs", line, reset, Static::new(name, instance), after)
}
