//! The attributes of `isolate-test`. Use them through that crate.
//!
//! Each goes through three stages, plain functions from tokens to `Result`: `parse` says what one attribute or item
//! holds, `resolve` what they mean together, `expand` writes it down.

#![allow(clippy::useless_conversion, reason = "in unit tests, there are tokens of two crates")]

// Of the compiler, or, for unit tests, which run outside of it, of a crate that is the same.
#[cfg(not(test))]
extern crate proc_macro as tokens;
#[cfg(test)]
extern crate proc_macro2 as tokens;

mod errors;
mod expand;
mod nearest;
mod parse;
mod quote;
#[cfg(feature = "runtime")]
mod resolve;
mod syntax;

use proc_macro::TokenStream;

/// Runs a test in a worker process, with fixtures of its own.
///
/// It stands on a function in place of `#[test]`, or beside it, and everything that works for `#[test]` goes on working:
/// `Result` and any other [`Termination`](std::process::Termination), `#[ignore]`, `#[should_panic]`, `#[cfg]`, filters,
/// captured output, the buttons of an editor.
///
/// ```test_harness,no_run
/// use isolate::prelude::*;
///
/// #[isolated(storage, port(api, mock), group = "api", timeout = "5s")]
/// fn answers(api: &Port) -> Result<()> {
///     let listener = api.listener()?; // a parameter, since it is named
///     std::fs::write(storage.path().join("port"), mock.number().to_string())?; // locals of the same names
///     # drop(listener);
///     Ok(())
/// }
/// ```
///
/// # Fixtures
///
/// A fixture is asked for by listing it, or by a parameter of its name, which is a reference to it. One that is listed and
/// not a parameter is a local of that name. `_` in front of a parameter's name is ignored. They are made in the order of
/// the list, then of the parameters, and torn down in reverse.
///
/// A name that is not among these is a function with [`#[fixture]`](macro@fixture) in scope, which may be listed with
/// arguments (`rows(count = 100)`), and taken by value.
///
/// | fixture | type | what it is |
/// |---|---|---|
/// | `db` | `&Db` | an empty DuckDB; needs the feature `db` |
/// | `db(schema = "schema.sql")` | `&Db` | one with a schema loaded; the path is relative to the crate's `Cargo.toml` |
/// | `db(memory, seed = "rows.sql")` | `&Db` | one in memory, filled by a file or a function (`seed = fill`); with `process` it is filled once and copied |
/// | `storage` | `&Storage` | an empty directory |
/// | `port` | `&Port` | a free port |
/// | `port(api, mock)` | `&Port` each | ports of these names |
/// | `capture` | `&Capture` | what the test has printed so far |
/// | `clock` | `&Clock` | tokio's clock, which stands still; needs the feature `tokio` |
/// | `env` | `&Env` | variables, current directory and umask, put back at the end |
/// | `mocks` | `&Mocks` | verifies and resets mocks, replaces values and functions for the time of the test |
/// | `test` | `&Test` | the test itself: its name, its seed, … |
/// | `threads` | `&Threads` | starts threads, and joins them at the end |
/// | `tracker` | `&Tracker` | cleans up whatever it is given, in reverse order |
///
/// # Cases
///
/// Parameters may have values instead. Each combination is a test of its own, with fixtures of its own and a name to filter
/// by; the syntax and the names are those of `rstest`.
///
/// ```test_harness,no_run
/// use std::path::PathBuf;
///
/// use isolate::prelude::*;
///
/// #[isolated]
/// #[case(2, 4)] // squares::case_1
/// #[case::zero(0, 0)] // squares::case_2_zero
/// fn squares(#[case] number: u32, #[case] square: u32, _storage: &Storage) {
///     assert_eq!(number * number, square);
/// }
///
/// #[isolated]
/// fn writes(#[values(1, 2)] rows: usize, #[values("csv", "json")] format: &str) { /* four tests */ }
///
/// #[isolated]
/// fn reads(#[files("src/**/*.rs")] path: PathBuf) { /* one for each file */ }
/// ```
///
/// A text is parsed where the parameter has another type. Attributes in front of a `#[case(…)]` are that case's own.
/// `#[with(1, 2)]` on a fixture sets its first parameters, `#[from(name)]` asks for one by another name.
///
/// # Other arguments
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `group = "…"` | tests of one group never run at the same time, and run in the same worker | none |
/// | `tags("slow", "ui")` | by what `ISOLATE_TAGS` selects it (`ISOLATE_TAGS="not slow"`), together with the tags of the modules around it | none |
/// | `timeout = "1m30s"` | wall time, fixtures included, in `h`, `m`, `s` and `ms`, largest unit first | that of the run |
/// | `process` | run in a process of its own, forked from the worker; `process = false` where the module says it | that of the run |
/// | `main_thread` | run on the main thread of the worker, as window toolkits want it | a thread of its own |
/// | `leaks(threads = "…")` | what a thread that outlives the test does: `"fail"` it, `"warn"`, or `"off"` | `"fail"` |
/// | `leaks(tasks = "…")` | the same for a tokio task | `"fail"` |
/// | `runtime = "…"` | the tokio runtime of the test: `"current-thread"`, or `"multi-thread"` with two threads | `"current-thread"` |
/// | `network` | a network of its own: nothing but loopback, so that any port is free and nothing leaves the machine; `"prefer"` runs the test without where the machine refuses, `"off"` undoes what the module says | `"off"` |
/// | `files` | a `/tmp` of its own, and the source tree read-only; the same values | `"off"` |
/// | `limits(memory = "512M", processes = 32, files = 64, cpu = "10s")` | the most that it may use, any of these; implies `process` | none |
/// | `crate = path` | where this crate is, if you re-export it | `::isolate` |
///
/// # Modules
///
/// On a module with its body in place, the attribute gives defaults to every `#[test]` and `#[isolated]` in it, and in the
/// modules inside it. What the function says wins; fixtures add up, those of the module first. A function without either
/// attribute is left alone. The names of fixtures are those around the module or in it.
///
/// ```test_harness,no_run
/// # use isolate::prelude::*;
/// #[isolated(storage, group = "files")]
/// mod files {
///     use isolate::prelude::*;
///
///     #[test]
///     fn starts_empty() -> Result<()> {
///         assert!(std::fs::read_dir(storage.path())?.next().is_none());
///         Ok(())
///     }
///
///     #[isolated(timeout = "1s")]
///     fn is_private(storage: &Storage, _port: &Port) { /* … */ }
/// }
/// ```
///
/// # Async
///
/// With the feature `tokio`, a test or a fixture may be `async`. Each test has a runtime of its own, which ends after its
/// fixtures; tasks that are still running then are reported, and cancelled.
///
/// # What it can't do
///
/// Compile errors say so where it is written: `const`, `unsafe`, `extern` and generic tests, patterns and unknown
/// names among the parameters, other macros that make tests (`#[tokio::test]`, `#[rstest]`). With parameters, `#[test]`
/// has to stand *below* `#[isolated]` or nowhere: standing above, it is the compiler's turn first, and it wants none.
/// Attribute macros of others apply to the function that waits for the worker, not to the test in the worker; put them on
/// a function that the test calls.
#[cfg(feature = "runtime")]
#[proc_macro_attribute]
pub fn isolated(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let is_test = parse::above::is_test_above(proc_macro::Span::call_site(), &item);
    finish(expand::isolated::expand(attribute.into(), item.into(), is_test))
}

/// A function that makes something for tests.
///
/// A test or another fixture that has a parameter of its name gets what it returned: a reference, or, for a parameter by
/// value, one of its own. Within one test it is built once, however many ask for it.
///
/// ```test_harness,no_run
/// use isolate::prelude::*;
///
/// #[fixture]
/// fn config(storage: &Storage, #[default(10)] rows: usize) -> Result<String> {
///     std::fs::write(storage.join("config"), "x\n".repeat(rows))?;
///     Ok(storage.join("config").display().to_string())
/// }
///
/// #[isolated]
/// fn reads(config: &str) { /* … */ }
///
/// #[isolated(config(rows = 100))] // not a parameter: a local of that name
/// fn reads_more() {
///     assert!(config.ends_with("config"));
/// }
/// ```
///
/// Its own parameters are fixtures as well, of its kind or of the crate's own, or values with `#[default(…)]`, which a test
/// may set by name; whoever asks for the fixture in that test then gets the one with this value. The function stays a
/// function that can be called.
///
/// # Results
///
/// It returns a value of a type that has a name, borrows nothing and is as visible as the function, or a `Result` of one. An error, or a panic, fails the
/// test with the fixture's name and place; `#[should_panic]` doesn't see it. If the type implements
/// [`Fixture`](../isolate/trait.Fixture.html), that says how the value ends.
///
/// # Arguments
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `scope = "…"` | how long the value lives: `"test"`, `"group"`, `"worker"` or `"session"` | `"test"` |
/// | `autouse` | every test of the `#[isolated]` module that it stands in gets it, before all others | |
/// | `port(api, mock)` | parameters that are ports | |
/// | `db(schema = "…")` | the schema of the parameter `db` | |
/// | `crate = path` | where this crate is, if you re-export it | `::isolate` |
///
/// A fixture can't ask for one that doesn't live as long, nor, by whatever detour, for itself: the compiler says so.
///
/// # Names
///
/// The attribute adds a type of the function's name, so that `use fixtures::config;` imports all there is to it, and the
/// compiler proposes the import where it is missing. A module of the same name can't stand beside it.
#[cfg(feature = "runtime")]
#[proc_macro_attribute]
pub fn fixture(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(expand::fixture::expand(attribute.into(), item.into()))
}

/// Registers the one instance of a type, to be reset before each isolated test.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{LazyLock, Mutex};
///
/// use isolate::Singleton;
///
/// #[derive(Default, Singleton)]
/// #[singleton(instance = CACHE, reset = CacheManager::clear)]
/// pub struct CacheManager {
///     entries: Mutex<HashMap<String, String>>,
/// }
///
/// pub static CACHE: LazyLock<CacheManager> = LazyLock::new(CacheManager::default);
///
/// impl CacheManager {
///     pub fn clear(&self) {
///         self.entries.lock().unwrap().clear();
///     }
/// }
/// ```
///
/// | argument of `#[singleton(…)]` | meaning | default |
/// |---|---|---|
/// | `instance = PATH` | the static: of the type itself, or a `LazyLock`, `OnceLock` or other static that derefs to it | required |
/// | `reset = …` | a function or closure that gets `&Self` and returns `()` or `Result<(), E>` with `E: Debug` | the method `reset(&self)` |
/// | `after = [PATH, …]` | registered statics that are reset before this one | none |
/// | `crate = path` | where this crate is, if you re-export it | `::isolate` |
///
/// The derive doesn't change the type, and needs no feature of the crate. What it costs production code is one entry of a
/// linked list for each singleton, made before `main`.
///
/// A `LazyLock` that was never used, or a `OnceLock` that was never set, is left alone. Lazy cells of other crates are
/// initialised, since there is no telling.
///
/// # When a reset fails
///
/// It fails the test that was to start, with the name of the singleton, the place of its registration and what the reset
/// said; the others are reset all the same. All are reset in the same order each time: behind those in their `after`, and
/// by full name where that leaves a choice. A circle in `after`, or a static in it that isn't registered, fails every
/// test.
#[proc_macro_derive(Singleton, attributes(singleton))]
pub fn derive_singleton(item: TokenStream) -> TokenStream {
    finish(expand::singleton::derive(item.into()))
}

/// Registers a static, to be reset before each isolated test.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use std::sync::{LazyLock, Mutex};
///
/// use isolate::singleton;
///
/// #[singleton(reset = |count| count.store(0, Relaxed))]
/// static REQUESTS: AtomicUsize = AtomicUsize::new(0);
///
/// #[singleton(reset = |names| names.lock().unwrap().clear(), after = [REQUESTS])]
/// static NAMES: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);
/// ```
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `reset = …` | a function or closure that gets a reference to the static, or to what a `LazyLock` or `OnceLock` holds, and returns `()` or `Result<(), E>` with `E: Debug` | required |
/// | `after = [PATH, …]` | registered statics that are reset before this one | none |
/// | `crate = path` | where this crate is, if you re-export it | `::isolate` |
///
/// A poisoned `Mutex` makes the `unwrap()` above panic, and so the reset fail: that is right if a test before it in the
/// same process broke the value half-way, and you want to know. To go on, clear the poison and write a whole new value.
///
/// Everything else is as for [`#[derive(Singleton)]`](derive@Singleton). For a value that can simply be made anew,
/// `Resettable` is shorter.
#[proc_macro_attribute]
pub fn singleton(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(expand::singleton::attribute(attribute.into(), &item.into()))
}

fn finish(result: syntax::Result<tokens::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syntax::Error::into_compile_error).into()
}
