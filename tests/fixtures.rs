//! `#[fixture]`: who gets what, how often it is built, and when it ends.
#![cfg(feature = "runtime")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "a reference is what a fixture is")]

#[cfg(feature = "tokio")]
#[path = "fixtures/asynchronous.rs"]
mod asynchronous;
#[path = "fixtures/requests.rs"]
mod requests;
