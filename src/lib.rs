//! Isolated tests under plain `cargo test`.

#[cfg(feature = "runtime")]
pub use isolate_macros::isolated;
pub use isolate_macros::{Singleton, singleton};
pub use isolate_runtime::singleton::Resettable;

/// What the macros call. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    pub use isolate_runtime::singleton::private::*;
}
