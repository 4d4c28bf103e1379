//! Isolated tests under plain `cargo test`.
