//! Turns return addresses into frames, and frames into text. Addresses come in raw, from the interposed
//! `pthread_create` and from samples; debug information is only read here, when there is something to report.

mod cpp;
mod demangle;
mod elf;
mod findable;
mod frame;
mod module;
mod replay;
mod replayer;
mod report;
mod root;
mod select;
mod shared;
mod symbolize;

pub use frame::{Frame, Origin};
pub use module::Image;
pub use report::report_all;
pub(crate) use select::{telling, users_own, users_own_of};
pub(crate) use shared::SharedReplayer;
pub use symbolize::{symbolize, symbolize_in};

pub use crate::sys::sample::{RawStack, SampleArea, threads_of};
