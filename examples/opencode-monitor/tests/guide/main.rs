//! The suite of the monitor as a whole. The guide that it follows has the same headings: how a test is migrated, seven
//! patterns, and the troubleshooting table, whose bad half is `tests/bad.rs`.

mod api;
mod database;
mod migration;
mod patterns;
#[path = "../support/mod.rs"]
mod support;
mod troubleshooting;
mod ui;
