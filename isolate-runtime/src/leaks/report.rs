//! What a report on threads reads like.

use std::fmt;

use super::Policy;
use super::threads::{Leak, Leaks};
use crate::stacks::Frame;

/// Threads, or groups of threads alike, that are listed in a report.
const LISTED: usize = 12;

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.leaks.len() {
            1 => writeln!(f, "1 thread was still running after the test")?,
            n => writeln!(f, "{n} threads were still running after the test")?,
        }
        // The threads of a pool are told as one.
        let alike =
            |a: &Leak, b: &Leak| (&a.name, &a.starts, &a.now, &a.state) == (&b.name, &b.starts, &b.now, &b.state);
        let mut left_out = 0;
        for (nth, group) in self.leaks.chunk_by(alike).enumerate() {
            if nth < LISTED {
                write_alike(f, group)?;
            } else {
                left_out += group.len();
            }
        }
        if left_out > 0 {
            writeln!(f, "  and {left_out} more")?;
        }
        let it = if self.leaks.len() == 1 { "it" } else { "them" };
        write!(f, "  join {it} before the test ends (fixtures' teardown counts)")?;
        if self.policy == Policy::Fail {
            write!(f, ", or allow {it} with `#[isolated(leaks(threads = \"warn\"))]`")?;
        }
        Ok(())
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_alike(f, std::slice::from_ref(self))
    }
}

/// Tells of threads that only differ in their ids.
fn write_alike(f: &mut fmt::Formatter<'_>, leaks: &[Leak]) -> fmt::Result {
    let Some(leak) = leaks.first() else { return Ok(()) };
    let (number, plural) = if leaks.len() > 1 {
        (format!("{} ", leaks.len()), "s")
    } else {
        (String::new(), "")
    };
    match &leak.name {
        // A full 15 bytes were most likely cut.
        Some(name) if name.len() == 15 => write!(f, "  {number}thread{plural} `{name}…`")?,
        Some(name) => write!(f, "  {number}thread{plural} `{name}`")?,
        None => write!(f, "  {number}unnamed thread{plural}")?,
    }
    write!(f, " (tid{plural} {}", leak.tid)?;
    for other in &leaks[1..] {
        write!(f, ", {}", other.tid)?;
    }
    writeln!(f, ")")?;
    write_starts(f, &leak.starts)?;
    match &leak.now {
        Some(frame) => writeln!(f, "    now at     {frame}, {}", leak.state),
        None => writeln!(f, "    now        {}", leak.state),
    }
}

/// Where a thread was started, line by line, down to the test.
pub(super) fn write_starts(f: &mut fmt::Formatter<'_>, starts: &[Vec<Frame>]) -> fmt::Result {
    if starts.is_empty() {
        let reason = if cfg!(target_feature = "crt-static") {
            "through a static libc (`crt-static`), which doesn't let it be seen"
        } else {
            "by other means than `pthread_create`, so its start isn't known"
        };
        writeln!(f, "    started    {reason}")?;
    }
    if starts.first().is_some_and(Vec::is_empty) {
        let place = "by code without debug information (`debug = \"line-tables-only\"` in its profile gives the line)";
        writeln!(f, "    started    {place}")?;
    }
    for (nth, frames) in starts.iter().enumerate() {
        let mut label = if nth == 0 {
            "started at"
        } else {
            "in a thread started at"
        };
        for frame in frames {
            writeln!(f, "    {label} {frame}")?;
            label = "       by ";
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::Origin;

    fn frame(place: Option<(&str, u32)>, function: &str) -> Frame {
        Frame {
            function: function.to_owned(),
            file: place.map(|(file, _)| file.to_owned()),
            line: place.map(|(_, line)| line),
            origin: Origin::User,
        }
    }

    fn leak(name: Option<&str>, tid: i32, starts: Vec<Vec<Frame>>, now: Option<Frame>) -> Leak {
        Leak {
            name: name.map(str::to_owned),
            tid,
            starts,
            now,
            state: "in futex".to_owned(),
        }
    }

    #[test]
    fn one_leak_reads_like_this() {
        let start = vec![
            frame(Some(("src/watch.rs", 41)), "monitor::watch::Watcher::start"),
            frame(Some(("tests/watch.rs", 12)), "watch::sees_new_files"),
        ];
        let now = frame(Some(("src/watch.rs", 58)), "monitor::watch::poll_loop");
        let leaks = Leaks {
            leaks: vec![leak(Some("poller"), 4242, vec![start], Some(now))],
            policy: Policy::Fail,
        };
        let expected = "\
1 thread was still running after the test
  thread `poller` (tid 4242)
    started at src/watch.rs:41 (monitor::watch::Watcher::start)
           by  tests/watch.rs:12 (watch::sees_new_files)
    now at     src/watch.rs:58 (monitor::watch::poll_loop), in futex
  join it before the test ends (fixtures' teardown counts), or allow it with `#[isolated(leaks(threads = \"warn\"))]`";
        assert_eq!(leaks.to_string(), expected);
    }

    #[test]
    fn pools_and_threads_of_unknown_start_read_like_this() {
        let pool = || {
            vec![
                vec![frame(Some(("src/pool.rs", 7)), "pool::start")],
                vec![frame(None, "pool::run")],
            ]
        };
        let leaks = Leaks {
            leaks: vec![
                leak(Some("fifteen-letters"), 1, pool(), None),
                leak(Some("fifteen-letters"), 2, pool(), None),
                leak(None, 3, vec![], None),
                leak(None, 4, vec![vec![]], Some(frame(None, "pool::run"))),
            ],
            policy: Policy::Warn,
        };
        let expected = "\
4 threads were still running after the test
  2 threads `fifteen-letters…` (tids 1, 2)
    started at src/pool.rs:7 (pool::start)
    in a thread started at pool::run
    now        in futex
  unnamed thread (tid 3)
    started    by other means than `pthread_create`, so its start isn't known
    now        in futex
  unnamed thread (tid 4)
    started    by code without debug information (`debug = \"line-tables-only\"` in its profile gives the line)
    now at     pool::run, in futex
  join them before the test ends (fixtures' teardown counts)";
        assert_eq!(leaks.to_string(), expected);
    }
}
