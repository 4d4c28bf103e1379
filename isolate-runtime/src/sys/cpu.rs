//! The core that a thread runs on.

use std::mem::{size_of, zeroed};

use libc::cpu_set_t;

/// Keeps a thread on the core where it is, until it [ends](Stay::end) that. What it starts meanwhile is kept there too, and has
/// a value like this of its own.
#[derive(Debug)]
pub struct Stay {
    /// Where the thread might run, and may again.
    before: cpu_set_t,
}

impl Stay {
    /// For the calling thread. `None` if the kernel doesn't want to; then nothing has changed.
    pub fn here() -> Option<Self> {
        // SAFETY: all zeros is a set, an empty one; the calls are told its size, and the core's number is looked up in its
        // bounds.
        unsafe {
            let mut before: cpu_set_t = zeroed();
            if libc::sched_getaffinity(0, size_of::<cpu_set_t>(), &raw mut before) != 0 {
                return None;
            }
            let here = usize::try_from(libc::sched_getcpu()).ok()?;
            let mut only: cpu_set_t = zeroed();
            libc::CPU_SET(here, &mut only);
            (libc::sched_setaffinity(0, size_of::<cpu_set_t>(), &raw const only) == 0).then_some(Self { before })
        }
    }

    /// Lets the calling thread run where it might before. No `Drop`, which takes a fork to three more places of its code.
    pub fn end(this: &Option<Self>) {
        if let Some(Self { before }) = this {
            // SAFETY: a set that the kernel gave.
            unsafe { libc::sched_setaffinity(0, size_of::<cpu_set_t>(), before) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn stays_until_it_is_ended() {
        let cores = || thread::available_parallelism().unwrap().get();
        let before = cores();
        let stay = Stay::here();
        assert!(stay.is_some());
        assert_eq!(cores(), 1);
        assert_eq!(thread::spawn(cores).join().unwrap(), 1);
        Stay::end(&stay);
        assert_eq!(cores(), before);
    }
}
