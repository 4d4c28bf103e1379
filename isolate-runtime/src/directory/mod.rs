//! The directories of a run: one 0700 folder in `<temp>/isolate-<uid>`, beneath it one per worker, beneath that one per test.
//! They come in when a run starts and go when it ends, apart from those of failed tests; what runs that were killed left
//! behind is swept by the next.

mod keep;
mod remove;
mod run;
mod sweep;
mod test;

pub use keep::{Keep, is_kept, keep};
pub use remove::{remove, remove_tree};
pub use run::RunDirectory;
pub use test::{Place, TestDirectory, test_directory};

#[cfg(test)]
mod tests;
