//! The zygote: the small, early process from which every worker is forked, and which cleans up after them. It starts no
//! thread and runs no test. What comes in are orders of the host; what goes out are events about each worker.
//!
//! A worker may become one too, and forks others that have what it has built: see [`crate::worker`]. Then it is a child of the
//! first zygote, which sees to it that it ends.
//!
//! It outlives the host on purpose: whatever way the host ends, the zygote notices, kills the workers with all their
//! descendants, and removes the run's directory.

mod brood;
mod requests;
mod serve;

pub use brood::{EXIT_GRACE, Member};
pub use requests::{ask_for_keeper, ask_for_supervisor, ask_replayer, kill_children_but, request_socket};
pub use serve::{serve, serve_too};
