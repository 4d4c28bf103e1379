//! Isolated tests under plain `cargo test`.

pub use isolate_macros::{Singleton, singleton};
pub use isolate_runtime::singleton::Resettable;
#[cfg(feature = "db")]
pub use isolate_runtime::{Db, duckdb};
#[cfg(feature = "runtime")]
pub use {
    isolate_macros::isolated,
    isolate_runtime::{Error, Port, Result, Session, Storage, Worker, session, worker},
};

/// What a test module imports: `use isolate::prelude::*;`.
#[cfg(feature = "runtime")]
pub mod prelude {
    #[cfg(feature = "db")]
    pub use crate::Db;
    pub use crate::{Port, Resettable, Result, Singleton, Storage, isolated, singleton};
}

/// What the macros call. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "runtime")]
    pub use isolate_runtime::private::*;
    pub use isolate_runtime::singleton::private::*;
}
