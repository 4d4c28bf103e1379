//! `#[fixture]`: who gets what, how often it is built, and when it ends.
#![cfg(feature = "runtime")]

#[cfg(feature = "tokio")]
#[path = "fixtures/asynchronous.rs"]
mod asynchronous;
#[path = "fixtures/requests.rs"]
mod requests;
