//! The stacks of all threads of a process as text.

use std::fmt::Write as _;

use super::{Frame, Origin, RawStack, symbolize_in};

/// Threads that are shown; of the rest only the number.
const THREADS: usize = 24;
/// Lines that are shown of one thread.
const LINES: usize = 16;

/// The stacks of the process `pid` as text: the thread `test` first, of each thread the user's own frames and what lies
/// right below them, without the standard library and without this one.
pub fn report_all(pid: i32, test: Option<i32>, stacks: &[RawStack]) -> String {
    let mut stacks: Vec<_> = stacks.iter().collect();
    stacks.sort_by_key(|stack| Some(stack.tid) != test);
    let left_out = stacks.len().saturating_sub(THREADS);
    stacks.truncate(THREADS);
    let addresses: Vec<_> = stacks
        .iter()
        .flat_map(|stack| stack.addresses.iter().copied())
        .collect();
    let mut frames = symbolize_in(pid, &addresses).into_iter();
    let mut report = String::new();
    for stack in stacks {
        let frames: Vec<_> = frames.by_ref().take(stack.addresses.len()).flatten().collect();
        let role = if Some(stack.tid) == test { ", runs the test" } else { "" };
        let _ = writeln!(
            report,
            "thread `{}` (tid {}{role}), {}",
            stack.name, stack.tid, stack.state
        );
        report += &lines(&frames);
    }
    if left_out > 0 {
        let _ = writeln!(report, "and {left_out} more threads");
    }
    report
}

fn lines(frames: &[Frame]) -> String {
    if frames.is_empty() {
        return "    its stack can't be read: it didn't answer in time\n".to_owned();
    }
    let own = |frame: &Frame| frame.origin == Origin::User;
    let mut text = String::new();
    let mut shown = 0;
    for frame in frames.iter().filter(|frame| own(frame)) {
        if shown == LINES {
            text += "    …\n";
            break;
        }
        let _ = writeln!(text, "  > {frame}");
        shown += 1;
    }
    if shown > 0 {
        return text;
    }
    // None of the user's: what there is, from the inside.
    for frame in frames
        .iter()
        .filter(|frame| frame.origin != Origin::Own)
        .take(LINES / 2)
    {
        let _ = writeln!(text, "    {frame}");
    }
    text
}
