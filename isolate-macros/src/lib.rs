//! The attributes of `isolate-test`. Use them through that crate.
