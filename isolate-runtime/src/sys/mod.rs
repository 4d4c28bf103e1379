//! The narrow gate to Linux: everything that forks, signals, polls, passes descriptors or reads `/proc` lives here,
//! behind safe functions, so that another platform can stand beside it.

pub mod census;
pub mod claims;
pub(crate) mod coverage;
pub mod cpu;
pub mod descriptor;
pub mod environment;
#[cfg_attr(
    target_feature = "crt-static",
    allow(dead_code, reason = "nothing is interposed in a static libc")
)]
mod fork_handlers;
pub mod image;
#[cfg(not(target_feature = "crt-static"))]
mod interceptor;
pub mod interpose;
pub mod last_words;
pub mod limit;
pub mod load;
pub(crate) mod lsan;
pub mod mount;
pub mod namespace;
pub mod output;
pub mod poll;
pub(crate) mod proc;
pub mod process;
pub mod refusal;
pub(crate) mod replay;
pub mod sample;
pub(crate) mod section;
mod shared;
pub mod socket;
pub(crate) mod tee;
pub mod thread;
pub(crate) mod unwind;
