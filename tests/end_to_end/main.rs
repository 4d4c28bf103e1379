//! Small real projects under `cargo test`: what they print, and what they leave on the machine.
//!
//! Each theme is a module here and a project in `projects/`, whose source the module's tests run by name. A test states
//! what a user is promised, and reads what a user would read; it knows nothing of how the crate does it.

mod process;
mod project;
mod run;

mod ahead;
mod asynchronous;
mod builtin;
mod coverage;
mod crashes;
mod database;
mod early;
mod ends;
mod fixtures;
mod fork_handlers;
mod globals;
mod groups;
mod host;
mod layout;
mod leaks;
mod limits;
mod linker;
mod list;
mod memory;
mod mismatches;
mod namespaces;
mod nextest;
mod output;
mod own_process;
mod production;
mod resources;
mod rules;
mod sanitizers;
mod session;
mod singletons;
mod snapshots;
mod tags;
mod timeouts;
