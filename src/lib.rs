//! Isolated tests under plain `cargo test`.
//!
//! [`#[isolated]`](macro@isolated) gives a test a process that runs nothing else, with a database, a directory and ports of
//! its own. Registered singletons are reset before it starts. A crash, a timeout or a thread that it leaves behind fails
//! this test by name, with the line of code that is to blame, and the rest of the suite goes on.
//! It is a `#[test]` in everything else: filters, captured output, `#[ignore]`, `#[should_panic]`, `cargo nextest`.
//! What else tests need, functions with [`#[fixture]`](macro@fixture) make.
//!
#![cfg_attr(feature = "runtime", doc = "```test_harness")]
#![cfg_attr(not(feature = "runtime"), doc = "```ignore")]
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::path::PathBuf;
//! use std::sync::Mutex;
//! use std::thread;
//!
//! use isolate::prelude::*;
//!
//! // In the application: a static that starts anew in each isolated test.
//! static GREETED: Resettable<Mutex<Vec<String>>> = Resettable::new(Mutex::default);
//!
//! fn greet(name: &str) -> String {
//!     GREETED.lock().unwrap().push(name.to_owned());
//!     format!("hello, {name}")
//! }
//!
//! // In the tests:
//! #[fixture]
//! fn greeting(storage: &Storage) -> Result<PathBuf> {
//!     let file = storage.join("greeting"); // in an empty directory, kept if the test fails
//!     std::fs::write(&file, greet("you"))?;
//!     Ok(file)
//! }
//!
//! #[isolated(timeout = "5s")]
//! fn answers(greeting: PathBuf, port: &Port) -> Result<()> {
//!     let listener = port.listener()?; // bound: nobody can take the port in between
//!     let server = thread::spawn(move || {
//!         let (mut stream, _) = listener.accept()?;
//!         stream.write_all(&std::fs::read(greeting)?)
//!     });
//!     let mut answer = String::new();
//!     TcpStream::connect(port.addr())?.read_to_string(&mut answer)?;
//!     assert_eq!(answer, "hello, you");
//!     server.join().unwrap()?; // a thread that is still running would fail the test
//!     Ok(())
//! }
//!
//! #[isolated(group = "greetings")] // one after another, in the same worker
//! mod greetings {
//!     use super::*;
//!
//!     #[test]
//!     fn are_noted() {
//!         greet("me");
//!         assert_eq!(*GREETED.lock().unwrap(), ["me"]);
//!     }
//!
//!     #[test]
//!     fn of_other_tests_are_forgotten() {
//!         assert!(GREETED.lock().unwrap().is_empty());
//!     }
//! }
//! ```
//!
//! # Features
//!
//! | feature | what it adds | for |
//! |---|---|---|
//! | none | [`Singleton`], [`singleton`](macro@singleton), [`Resettable`], [`Swappable`]; one dependency, `inventory` | production code |
//! | `runtime` | [`#[isolated]`](macro@isolated), [`#[fixture]`](macro@fixture), workers, every fixture that needs no database | tests |
//! | `tokio` | async tests and fixtures | tests |
//! | `serde` | session fixtures of any type that serde can write and read | tests |
//! | `db` (the default) | the fixture `db`, a fresh `DuckDB` for every test | tests |
//!
//! Your own dependency on the crate `duckdb` says how it is linked: its feature `bundled`, or a library of your system.
//!
//! ```toml
//! [dependencies]
//! isolate-test = { version = "0.1", default-features = false }
//!
//! [dev-dependencies]
//! isolate-test = { version = "0.1", default-features = false, features = ["runtime"] }
//! ```
//!
//! # Where to go on
//!
//! [`#[isolated]`](macro@isolated) lists its arguments and fixtures. The repository's `docs/` has a page each on fixtures,
//! singletons, running (workers, groups, timeouts, nextest, every variable), leaks, migrating from other crates, and
//! troubleshooting. Linux only, for now.

// Without it, some of what the page names is not there.
#![cfg_attr(not(feature = "runtime"), allow(rustdoc::broken_intra_doc_links))]

pub use isolate_macros::{Singleton, singleton};
#[cfg(feature = "serde")]
pub use isolate_runtime::Json;
#[cfg(feature = "tokio")]
pub use isolate_runtime::{AsyncFixture, Clock, wait_until_async};
#[cfg(feature = "db")]
pub use isolate_runtime::{Db, duckdb};
pub use isolate_runtime::{Swappable, singleton::Resettable};
#[cfg(feature = "runtime")]
pub use {
    isolate_macros::{fixture, isolated},
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
    #[cfg(feature = "tokio")]
    pub use crate::{AsyncFixture, Clock, wait_until_async};
    pub use crate::{
        Capture, Env, Fixture, Mocks, Port, Resettable, Result, Singleton, Storage, Swappable, Test, Threads, Tracker,
        fixture, isolated, singleton, wait_for, wait_until,
    };
}

/// What the macros call. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "runtime")]
    pub use isolate_runtime::private::*;
    pub use isolate_runtime::singleton::private::*;
}
