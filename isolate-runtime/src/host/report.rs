//! A test's end, told to its author and to libtest.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use super::remote::{Ending, Finished};
use crate::case::{ShouldPanic, TestCase};
use crate::directory::{self, Keep};
use crate::protocol::Verdict;

/// Prints what the test printed and why it failed, where libtest captures it; returns if the test passed, else unwinds.
pub fn deliver(case: &TestCase, finished: Finished) {
    if !finished.output.is_empty() {
        print!("{}", finished.output);
    }
    let verdict = match finished.ending {
        Ending::Judged(verdict) => verdict,
        ending => Verdict {
            failure: obituary(
                &ending,
                &finished.output,
                &directory::test_directory(&finished.worker, case.name(), finished.sequence),
            ),
            ..Verdict::default()
        },
    };
    conclude(case, verdict);
}

/// The test could not be run at all.
pub fn refuse(case: &TestCase, reason: &str) {
    conclude(
        case,
        Verdict {
            failure: reason.to_owned(),
            ..Verdict::default()
        },
    );
}

/// The test is not to be run. libtest takes it for passed.
pub fn leave_out(case: &TestCase, reason: &str) {
    print!("{}", titled(case, "was left out", reason));
    match case.should_panic {
        ShouldPanic::No => {}
        ShouldPanic::Yes => resume_unwind(Box::new(String::new())),
        ShouldPanic::With(expected) => resume_unwind(Box::new(expected)),
    }
}

/// Tells libtest. It must see a panic exactly if the test failed, or was meant to panic and did.
pub fn conclude(case: &TestCase, verdict: Verdict) {
    if !verdict.warning.is_empty() {
        // Past libtest's capture, which shows nothing of a test that passes.
        let _ = write!(io::stderr(), "{}", titled(case, "warning", &verdict.warning));
    }
    if !verdict.failure.is_empty() {
        print!("{}", titled(case, "failed", &verdict.failure));
    }
    let unwind = match case.should_panic {
        ShouldPanic::No => !verdict.passed,
        // A panic would count as the one that libtest waits for. If it came with the wrong text, libtest says so.
        ShouldPanic::Yes | ShouldPanic::With(_) => {
            verdict.passed || verdict.failure.is_empty() && verdict.panic.is_some()
        }
    };
    if unwind {
        // The panic's message and place stand in the output already: no hook has to print them again.
        resume_unwind(Box::new(verdict.panic.unwrap_or_default()));
    }
}

fn titled(case: &TestCase, title: &str, text: &str) -> String {
    format!(
        "\nisolate: {} {title} ({}:{})\n{}\n",
        case.name(),
        case.file,
        case.line,
        indented(text)
    )
}

fn indented(text: &str) -> String {
    let mut indented = String::with_capacity(text.len() + 64);
    for line in text.trim_end().lines() {
        let separator = if indented.is_empty() { "" } else { "\n" };
        let margin = if line.is_empty() { "" } else { "  " };
        let _ = write!(indented, "{separator}{margin}{line}");
    }
    indented
}

/// What happened to a test that could not speak for itself any more.
fn obituary(ending: &Ending, output: &str, place: &Path) -> String {
    let mut text = match ending {
        Ending::Judged(_) => String::new(),
        Ending::Died { cause: Some(cause), .. } => cause.clone(),
        Ending::Died { status, own, .. } => death(*status, *own, output),
        Ending::TimedOut { limit, stacks } => format!(
            "it was still running after {}, its timeout, and was killed with every process it had started{}",
            seconds(*limit),
            section(stacks)
        ),
        Ending::Lost(reason) => format!("nothing is known of its end: {reason}"),
    };
    if place.exists() {
        if Keep::from_env().unwrap_or_default().keeps(true) {
            let _ = directory::keep(place);
            let _ = write!(text, "\n\nits directory is kept: {}", place.display());
        } else {
            let _ = directory::remove_tree(place);
        }
    }
    text
}

/// An own paragraph, if there is a text.
fn section(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", text.trim_end())
    }
}

fn death(status: ExitStatus, own: bool, output: &str) -> String {
    let rest = if own {
        "the rest of the suite isn't touched by it"
    } else {
        "the rest of the suite went on in a new worker"
    };
    let Some(signal) = status.signal() else {
        if output.contains("ThreadSanitizer: starting new threads after multi-threaded fork") {
            return format!(
                "ThreadSanitizer ended its process: it can't follow a fork\n  `ISOLATE=inline` runs it without; {rest}"
            );
        }
        if let Some(sanitizer) = sanitizer(output) {
            return format!("{sanitizer} ended its process: its report stands above\n  {rest}");
        }
        return format!(
            "it ended its process, with exit code {}: something called `exit`\n  a test ends by returning; {rest}",
            status.code().unwrap_or_default()
        );
    };
    let (name, meaning) = signal_name(signal);
    let cause = if signal == libc::SIGABRT && output.contains("has overflowed its stack") {
        "it overflowed its stack"
    } else {
        meaning
    };
    format!("{cause}: its process was killed by signal {signal} ({name})\n  {rest}")
}

/// The sanitizer that has reported an error.
fn sanitizer(output: &str) -> Option<&'static str> {
    let names = [
        "AddressSanitizer",
        "HWAddressSanitizer",
        "MemorySanitizer",
        "LeakSanitizer",
    ];
    let says = |name: &&str| {
        output.contains(&format!("==ERROR: {name}: ")) || output.contains(&format!("==WARNING: {name}: "))
    };
    names.into_iter().find(says)
}

/// Name and usual cause of the signals that kill test processes.
fn signal_name(signal: i32) -> (&'static str, &'static str) {
    match signal {
        libc::SIGSEGV => ("SIGSEGV", "it accessed memory that isn't there"),
        libc::SIGBUS => ("SIGBUS", "it accessed memory past the end of a file, or misaligned"),
        libc::SIGABRT => ("SIGABRT", "it aborted"),
        libc::SIGILL => ("SIGILL", "it ran an illegal instruction"),
        libc::SIGFPE => ("SIGFPE", "it divided by zero, or the like"),
        libc::SIGKILL => ("SIGKILL", "somebody killed it, or memory ran out"),
        libc::SIGTERM => ("SIGTERM", "somebody terminated it"),
        libc::SIGINT => ("SIGINT", "somebody interrupted it"),
        libc::SIGPIPE => ("SIGPIPE", "it wrote to a pipe that nobody reads"),
        libc::SIGSYS => ("SIGSYS", "it made a forbidden system call"),
        libc::SIGTRAP => ("SIGTRAP", "it hit a trap"),
        libc::SIGXCPU => ("SIGXCPU", "it used up its CPU time"),
        _ => ("unnamed", "it was killed"),
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
