//! The stacks of all threads of a process as text.

use std::fmt::Write as _;

use super::select::{above_runner, is_runner, runs_test, users};
use super::{Frame, Image, Origin, RawStack, symbolize_in};

/// Threads that are shown; of the rest only the number.
const THREADS: usize = 24;
/// Lines that are shown of one thread.
const LINES: usize = 16;

/// The stacks of a process as text: the thread that runs the test first, of each thread the user's own frames,
/// innermost first. Threads that only run this library are left out.
pub fn report_all(image: &Image, stacks: &[RawStack]) -> String {
    let addresses: Vec<_> = stacks.iter().map(|stack| stack.addresses.clone()).collect();
    let frames = symbolize_in(image, &addresses);
    let mut threads = Vec::new();
    for (stack, frames) in stacks.iter().zip(&frames) {
        let runs_test = runs_test(frames);
        if runs_test || !is_runner(frames) {
            let thread = Thread {
                stack,
                frames: above_runner(frames),
                runs_test,
            };
            let place = if runs_test { 0 } else { threads.len() };
            threads.insert(place, thread);
        }
    }
    let mut report = String::new();
    for thread in threads.iter().take(THREADS) {
        thread.write(&mut report);
    }
    if threads.len() > THREADS {
        let _ = writeln!(report, "and {} more threads", threads.len() - THREADS);
    }
    report
}

struct Thread<'a> {
    stack: &'a RawStack,
    frames: &'a [Frame],
    runs_test: bool,
}

impl Thread<'_> {
    fn write(&self, report: &mut String) {
        let role = if self.runs_test { ", runs the test" } else { "" };
        let _ = writeln!(
            report,
            "thread `{}` (tid {}{role}), {}",
            self.stack.name, self.stack.tid, self.stack.state
        );
        if self.stack.addresses.is_empty() {
            report.push_str("    has no stack to show: it blocks signals, or didn't answer in time\n");
            return;
        }
        let mut own = users(self.frames);
        if own.is_empty() {
            // None of the user's: what there is.
            let others = self.frames.iter().filter(|frame| frame.origin != Origin::Own);
            own.extend(others.take(LINES / 2));
        }
        for (nth, frame) in own.iter().take(LINES).enumerate() {
            let _ = writeln!(report, "    {} {frame}", if nth == 0 { "at" } else { "by" });
        }
        if own.len() > LINES {
            let _ = writeln!(report, "    and {} more calls", own.len() - LINES);
        }
    }
}
