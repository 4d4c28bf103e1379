//! Everything that forks, reads `/proc`, interposes or sends signals, behind safe functions. Linux only.

pub mod interpose;
pub mod sample;
