//! Isolated tests under plain `cargo test`.

pub use isolate_macros::{Singleton, singleton};
#[cfg(feature = "db")]
pub use isolate_runtime::{Db, duckdb};
pub use isolate_runtime::{Swappable, singleton::Resettable};
#[cfg(feature = "runtime")]
pub use {
    isolate_macros::isolated,
    isolate_runtime::{
        Capture, Cleanup, Condition, Env, Error, Fixture, Mocks, Outcome, Port, Result, Session, SessionValue, Spawned,
        Stop, Storage, Test, Threads, Tracker, Wait, Worker, session, wait_for, wait_until, wait_until_for, worker,
    },
};

/// What a test module imports: `use isolate::prelude::*;`.
#[cfg(feature = "runtime")]
pub mod prelude {
    #[cfg(feature = "db")]
    pub use crate::Db;
    pub use crate::{
        Capture, Env, Mocks, Port, Resettable, Result, Singleton, Storage, Swappable, Test, Threads, Tracker, isolated,
        singleton, wait_for, wait_until,
    };
}

/// What the macros call. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "runtime")]
    pub use isolate_runtime::private::*;
    pub use isolate_runtime::singleton::private::*;
}
