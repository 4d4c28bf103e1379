//! Which frames of a stack say something to the author of a test.

use super::frame::{Function, is_bare, own_module};
use super::replay::Call;
use super::{Frame, Origin};

/// More frames than these say nothing that these didn't.
const SHOWN: usize = 4;

/// The user's frames, innermost first, without what calls a test.
pub(super) fn users(stack: &[Frame]) -> Vec<&Frame> {
    let mut own: Vec<&Frame> = Vec::new();
    for frame in above_runner(stack) {
        if frame.origin == Origin::User {
            own.push(frame);
        }
    }
    // libtest, and the attribute, call a test's function from a closure at the same place; line tables alone don't tell
    // its name.
    if let [.., test, closure] = &own[..]
        && (closure.function == "{{closure}}" || closure.function == format!("{}::{{{{closure}}}}", test.function))
    {
        own.pop();
    }
    own
}

/// The user's frames that a report shows; should there be none, the library's that was called into first.
pub(crate) fn users_own(stack: &[Frame]) -> Vec<Frame> {
    let mut shown = Vec::new();
    for frame in users(stack).into_iter().take(SHOWN) {
        shown.push(frame.clone());
    }
    if shown.is_empty() {
        let library = above_runner(stack).iter().rfind(|frame| of_library(frame));
        shown.extend(library.cloned());
    }
    shown
}

/// The same of each stack.
pub(crate) fn users_own_of(stacks: &[Vec<Frame>]) -> Vec<Vec<Frame>> {
    let mut all = Vec::new();
    for stack in stacks {
        all.push(users_own(stack));
    }
    all
}

/// The frame that says most about where a thread is: the user's innermost, else a library's.
pub(crate) fn telling(stack: &[Frame]) -> Option<Frame> {
    let stack = above_runner(stack);
    let find = |wanted: &dyn Fn(&Frame) -> bool| stack.iter().find(|frame| wanted(frame));
    find(&|frame| frame.origin == Origin::User)
        .or_else(|| find(&of_library))
        .or_else(|| find(&|frame| frame.origin == Origin::Std))
        .cloned()
}

/// Whether the stack is that of the thread that runs the test, as far as isolate has started it.
pub(super) fn runs_test(stack: &[Frame]) -> bool {
    stack.iter().any(|frame| is_entry(frame) && of_module(frame, "worker"))
}

/// Whether the thread does nothing but wait for others on behalf of this library.
pub(super) fn is_runner(stack: &[Frame]) -> bool {
    let above = above_runner(stack);
    above.len() < stack.len()
        && stack[above.len()].origin == Origin::Own
        && above
            .iter()
            .all(|frame| !matches!(frame.origin, Origin::User | Origin::Dependency))
}

/// The part of a stack that belongs to what the thread or the test was started for. Below it lie std's and libtest's
/// entry, or isolate's runner; below that runner in turn, the test that the run's first process was started with.
pub(super) fn above_runner(stack: &[Frame]) -> &[Frame] {
    let end = stack
        .iter()
        .position(|frame| is_entry(frame) || RUNNER.iter().any(|module| of_module(frame, module)));
    &stack[..end.unwrap_or(stack.len())]
}

/// Whether nobody looks at what lies below a call, as std describes it: names may lack their module, and hold others. What
/// starts a test goes on to the entry, which tells the thread that runs it from others.
pub(super) fn is_last(call: &Call) -> bool {
    let name = if is_bare(&call.function) {
        call.function.split('<').next().unwrap_or_default()
    } else {
        &call.function
    };
    let frame = Frame::new(Function::told(name), call.file.clone(), "", None);
    is_entry(&frame)
        || ["worker/serve", "worker::serve", "zygote"]
            .iter()
            .any(|module| of_module(&frame, module))
}

/// The modules that start tests, and never run between a test and what it calls.
const RUNNER: [&str; 5] = ["worker", "zygote", "host", "inline", "private"];

/// What std, libtest and isolate call user code through, so that backtraces can be cut there.
fn is_entry(frame: &Frame) -> bool {
    frame.function.contains("__rust_begin_short_backtrace")
}

fn of_module(frame: &Frame, module: &str) -> bool {
    let path = frame
        .function
        .strip_prefix("isolate_runtime::")
        .or_else(|| own_module(frame.file.as_deref()?));
    path.and_then(|path| path.strip_prefix(module))
        .is_some_and(|rest| rest.starts_with(['/', ':', '.']))
}

/// A registry crate's, or a C++ function with a name.
fn of_library(frame: &Frame) -> bool {
    frame.origin == Origin::Dependency || (frame.origin == Origin::System && frame.function.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_below_what_starts_threads_and_workers() {
        let serve = "/x/isolate-runtime-0.1.0/src/worker/serve.rs";
        let run = "/x/isolate-runtime-0.1.0/src/worker/run.rs";
        for (function, file, last) in [
            (
                "std::sys::backtrace::__rust_begin_short_backtrace::<fn(), ()>",
                None,
                true,
            ),
            ("__rust_begin_short_backtrace<fn(), ()>", None, true),
            ("call_once<fn() {__rust_begin_short_backtrace<fn(), ()>}>", None, false),
            ("<isolate_runtime::worker::serve::WorkerProcess>::serve", None, true),
            ("serve", Some(serve), true),
            ("isolate_runtime::worker::run::perform", Some(run), false),
            ("watch::poll", Some("/home/me/src/worker/serve.rs"), false),
        ] {
            let call = Call {
                function: function.to_owned(),
                file: file.map(str::to_owned),
                line: None,
            };
            assert_eq!(is_last(&call), last, "{function}");
        }
    }
}
