//! What happens to a test that needs more of the machine than it may.

use std::fmt::Write as _;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::OnceLock;

use super::run::Stage;
use super::{hook, question};
use crate::case::TestCase;
use crate::failure::Failure;
use crate::protocol::Verdict;
use crate::stacks;
use crate::sys::census::Census;
use crate::sys::last_words::LastWords;
use crate::sys::limit::{Applied, Limits};
use crate::sys::process;

/// Shared by a worker with the processes of its tests.
static LAST_WORDS: OnceLock<Option<LastWords>> = OnceLock::new();

/// Counts the processes of this one's test.
static CENSUS: OnceLock<io::Result<Census>> = OnceLock::new();

/// Gets ready to hold a test to its limits, and to say where it exceeded them. For a worker, before it forks for the test.
pub fn prepare(case: &TestCase) -> Option<io::Result<Census>> {
    let limits = case.limits;
    if !limits.is_none() {
        LAST_WORDS.get_or_init(|| LastWords::new().ok());
    }
    limits.processes.map(Census::start)
}

/// Keeps what the worker has made ready. For its fork.
pub fn belong_to(census: Option<io::Result<Census>>) {
    if let Some(census) = census {
        let _ = CENSUS.set(census);
    }
}

/// Makes the test's limits those of this process, which has no other test.
pub fn apply(case: &TestCase, stage: Stage) -> Result<Applied, Failure> {
    let limits = if stage == Stage::Inline {
        Limits::NONE
    } else {
        case.limits
    };
    if limits.is_none() {
        return Ok(Applied::default());
    }
    if let Some(Some(words)) = LAST_WORDS.get() {
        let mut signals = Vec::new();
        signals.extend(limits.memory.map(|_| libc::SIGABRT));
        signals.extend(limits.cpu.map(|_| libc::SIGXCPU));
        words.install(&signals);
    }
    let counted = match CENSUS.get() {
        Some(Ok(census)) => census.join(),
        Some(Err(error)) => Err(io::Error::other(error.to_string())),
        None => Ok(()),
    };
    counted
        .and_then(|()| limits.apply())
        .map_err(|error| Failure::new(format!("its limits can't be set: {error}")))
}

/// Says which limit a test needed more than that failed with an error of the system's.
pub fn explain(case: &TestCase, stage: Stage, verdict: &mut Verdict) {
    let limits = case.limits;
    if limits.is_none() {
        return;
    }
    if stage == Stage::Inline {
        verdict.warn(
            "it ran without its limits, which are those of a process: ISOLATE=inline runs tests in one with others",
        );
        return;
    }
    if verdict.passed {
        return;
    }
    let mut text = verdict.panic.clone().unwrap_or_default();
    if let Some(Ok(Some(output))) = question::output_so_far() {
        // What a test returns is printed.
        text.push_str(&output);
    }
    let says = |error: i32| text.contains(&format!("os error {error})")) || text.contains(&format!("code: {error},"));
    let (limit, reason) = if let Some(files) = limits.files.filter(|_| says(libc::EMFILE)) {
        ("files", format!("{files} files open at the same time"))
    } else if let Some(memory) = limits.memory.filter(|_| says(libc::ENOMEM)) {
        ("memory", size(memory))
    } else if let Some(processes) = limits.processes.filter(|_| has_refused()) {
        ("processes", format!("{processes} processes at the same time"))
    } else {
        return;
    };
    let place = verdict.panic.as_ref().and_then(|_| hook::last_place());
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    verdict.fail(&exceeded(limit, &reason, &place));
}

/// Whether this test was refused a process.
fn has_refused() -> bool {
    matches!(CENSUS.get(), Some(Ok(census)) if census.has_refused())
}

/// Says of which limit a test's process died; `None` if it was none. For the worker.
pub fn cause_of_death(case: &TestCase, status: ExitStatus) -> Option<String> {
    let limits = case.limits;
    if limits.is_none() {
        return None;
    }
    let words = LAST_WORDS.get()?.as_ref()?.take();
    let (limit, reason) = match status.signal()? {
        libc::SIGXCPU => ("cpu", format!("{} s of CPU time", limits.cpu?)),
        // Unless it aborted for another reason.
        libc::SIGABRT => ("memory", size(limits.memory?)),
        _ => return None,
    };
    let is_abort = status.signal() == Some(libc::SIGABRT);
    let place = process::in_copy(|| {
        let mut stack = stacks::symbolize(&[words.unwrap_or_default()]).concat();
        let allocates = |function: &str| ALLOCATES.iter().any(|name| function.contains(name));
        if is_abort && !stack.iter().any(|frame| allocates(&frame.function)) && !says_that_memory_ran_out() {
            return OTHERWISE.to_owned();
        }
        // Without debug information nothing else tells them from the user's own.
        stack.retain(|frame| !allocates(&frame.function));
        let mut text = String::new();
        for (nth, frame) in stacks::users_own(&stack).iter().enumerate() {
            let _ = write!(text, "{}{frame}", if nth == 0 { " at " } else { "\n  by " });
        }
        text
    });
    match place.unwrap_or_default().as_str() {
        OTHERWISE => None,
        place => Some(exceeded(limit, &reason, place)),
    }
}

/// Whether std has said so: a stripped program doesn't tell which functions were called.
fn says_that_memory_ran_out() -> bool {
    matches!(question::output_so_far(), Some(Ok(Some(output))) if output.contains("memory allocation of "))
}

fn exceeded(limit: &str, reason: &str, place: &str) -> String {
    format!("it needed more than {reason}{place}\n  if it may, raise `limits({limit} = …)`")
}

/// Functions that end a process which gets no memory.
const ALLOCATES: [&str; 4] = ["handle_alloc_error", "rust_oom", "alloc_error_handler", "operator new"];

/// What can't be the place of anything.
const OTHERWISE: &str = "otherwise";

fn size(bytes: u64) -> String {
    let (unit, size) = [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .map(|(shift, unit)| (unit, 1 << shift))
        .find(|(_, size)| bytes.is_multiple_of(*size))
        .unwrap_or(("bytes", 1));
    format!("{} {unit} of memory", bytes / size)
}
