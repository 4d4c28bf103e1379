use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Instant;

use super::{hook, limits, own};
use crate::case::{ShouldPanic, TestCase};
use crate::config::Config;
use crate::context::{Context, Ending};
use crate::directory::{self, Keep, Place};
use crate::failure::Failure;
use crate::leaks::{self, Policy, Scope};
use crate::protocol::Verdict;
use crate::sys::interpose::{self, Detail};
use crate::sys::{lsan, output, process};
use crate::{fixture, payload, singleton, wait};

/// Which thread a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A fresh one that bears the test's name, in a process that runs nothing else.
    OwnThread,
    /// The caller's, in a process that runs nothing else.
    Here,
    /// The caller's, in a process where other tests run at the same time.
    Inline,
}

/// Runs a test from the reset of singletons to the check on what it left behind. `lingering` is called when its own
/// code is through and the checks have to wait for something.
pub fn run(case: &'static TestCase, place: Place, stage: Stage, lingering: &dyn Fn()) -> Verdict {
    if stage != Stage::Inline {
        hook::name_main_thread(case.name());
    }
    let end = || Instant::now() + case.timeout_in(Config::get().ok());
    wait::begin_test((stage != Stage::Inline).then(end));
    let left_behind = fixture::enter_group(case.group);
    let mut verdict = run_alone(case, place, stage, lingering);
    for failure in left_behind {
        verdict.fail(&format!(
            "before this test, the group that ran in its worker ended: {failure}"
        ));
        verdict.retire = true;
    }
    verdict
}

/// The same, in a process that nothing has run in before.
pub fn run_alone(case: &'static TestCase, place: Place, stage: Stage, lingering: &dyn Fn()) -> Verdict {
    let ready = singleton::registry_intact().map_err(|error| error.to_string());
    if let Err(failure) = ready.and_then(|()| singleton::reset_all().map_err(|error| error.to_string())) {
        return Verdict {
            failure,
            retire: true,
            ..Verdict::default()
        };
    }
    let notes = match own::check(case) {
        Ok(notes) => notes,
        Err(failure) => {
            return Verdict {
                failure: failure.to_string(),
                ..Verdict::default()
            };
        }
    };
    let before = leaks::snapshot();
    let limited = match limits::apply(case, stage) {
        Ok(limited) => limited,
        Err(failure) => {
            return Verdict {
                failure: failure.to_string(),
                ..Verdict::default()
            };
        }
    };
    let ended = match stage {
        Stage::OwnThread => on_own_thread(case, place),
        Stage::Here | Stage::Inline => perform(case, place),
    };
    // What follows is not the test's own doing.
    limited.lift();
    let mut verdict = judge(case, ended.body);
    limits::explain(case, stage, &mut verdict);
    for note in notes {
        verdict.warn(&note);
    }
    output::flush();
    // Before what the teardown says: a thread that lives on is often the reason why something could not be closed.
    check_leaks(case, &before, stage, lingering, &mut verdict);
    check_memory(stage, &mut verdict);
    for failure in ended.teardown.failures {
        verdict.fail(&failure.to_string());
        // What a teardown could not take down is still there.
        verdict.retire = true;
    }
    if let Some(warning) = ended.teardown.warning {
        verdict.warn(&warning.to_string());
    }
    if ended.has_directory {
        settle_directory(&place.path(), &mut verdict);
    }
    verdict
}

/// How the test's own code ended.
pub struct Ended {
    pub body: Body,
    has_directory: bool,
    pub teardown: Ending,
}

/// `Err` holds a panic: its text, if it had one.
pub type Body = Result<Result<(), Failure>, Option<String>>;

/// Runs the test and its teardown on this thread.
pub fn perform(case: &'static TestCase, place: Place) -> Ended {
    let context = Context::new(case, place);
    let body = catch_unwind(AssertUnwindSafe(|| {
        __rust_begin_short_backtrace(|| case.body.call(&context))
    }))
    .map_err(|panic| payload::text(&*panic).map(str::to_owned));
    Ended {
        body,
        has_directory: context.has_directory(),
        teardown: context.tear_down(),
    }
}

/// std cuts the backtraces that it prints at a function of this name: what is below is ours, not the test author's.
#[inline(never)]
fn __rust_begin_short_backtrace<T>(body: impl FnOnce() -> T) -> T {
    let value = body();
    // Keeps the call from becoming a jump, which would leave no frame.
    std::hint::black_box(());
    value
}

fn on_own_thread(case: &'static TestCase, place: Place) -> Ended {
    let before = interpose::note(Detail::Existence);
    let thread = thread::Builder::new().name(case.name().to_owned()).spawn(move || {
        interpose::note(before);
        perform(case, place)
    });
    let failed = |text: String| Ended {
        body: Ok(Err(Failure::new(text))),
        has_directory: false,
        teardown: Ending::default(),
    };
    match thread.map(thread::JoinHandle::join) {
        Ok(Ok(ended)) => ended,
        Ok(Err(_)) => failed("the test's thread ended without a result".to_owned()),
        Err(error) => failed(format!(
            "no thread could be started for the test: {}",
            process::why_none(&error)
        )),
    }
}

fn judge(case: &TestCase, body: Body) -> Verdict {
    let mut verdict = Verdict::default();
    match (body, case.should_panic) {
        (Ok(Ok(())), ShouldPanic::No) => verdict.passed = true,
        // libtest says it: "test did not panic as expected".
        (Ok(Ok(())), _) => {}
        (Ok(Err(failure)), _) => verdict.failure = failure.to_string(),
        (Err(message), expected) => {
            verdict.passed = match expected {
                ShouldPanic::No => false,
                ShouldPanic::Yes => true,
                ShouldPanic::With(text) => message.as_ref().is_some_and(|message| message.contains(text)),
            };
            verdict.panic = message;
        }
    }
    verdict
}

fn check_leaks(case: &TestCase, before: &leaks::Snapshot, stage: Stage, lingering: &dyn Fn(), verdict: &mut Verdict) {
    if case.threads == Policy::Off {
        return;
    }
    let scope = if stage == Stage::Inline {
        Scope::StartedHere
    } else {
        Scope::Process
    };
    if let Some(leaks) = leaks::check_with(before, scope, case.threads, lingering) {
        verdict.retire = true;
        match case.threads {
            Policy::Fail => verdict.fail(&leaks.to_string()),
            _ => verdict.warn(&leaks.to_string()),
        }
    }
    if let Some(panics) = leaks::unjoined_panics(before, scope) {
        verdict.fail(&panics.to_string());
    }
}

/// In builds with LeakSanitizer. What stays allocated for a thread that is left would only be said twice.
fn check_memory(stage: Stage, verdict: &mut Verdict) {
    if stage != Stage::Inline && !verdict.retire && lsan::finds_leaks() {
        verdict.fail(
            "it lost memory: LeakSanitizer's report stands above\n  drop what it allocates, keep it in a static, or name the \
             function in `LSAN_OPTIONS=suppressions=…`",
        );
        // It would be found again after each test.
        verdict.retire = true;
    }
}

/// Removes the directory of a test that passed, and says where that of a failed one is.
fn settle_directory(place: &Path, verdict: &mut Verdict) {
    if Keep::from_env().unwrap_or_default().keeps(!verdict.passed) {
        let _ = directory::keep(place);
        let note = format!("its directory is kept: {}", place.display());
        if verdict.passed {
            println!("isolate: {note}");
        } else {
            verdict.fail(&note);
        }
    } else {
        // What can't be removed now is tried again when the run ends.
        let _ = directory::remove_tree(place);
    }
}

impl Verdict {
    /// Whether there is nothing to tell of the test but that it passed.
    pub(crate) fn says_no_more_than_passed(&self) -> bool {
        self.passed && self.panic.is_none() && self.failure.is_empty() && self.warning.is_empty()
    }

    /// Fails the test, for one more reason.
    pub(crate) fn fail(&mut self, reason: &str) {
        self.passed = false;
        append(&mut self.failure, reason);
    }

    /// Warns its author, for one more reason.
    pub(crate) fn warn(&mut self, reason: &str) {
        append(&mut self.warning, reason);
    }
}

fn append(text: &mut String, reason: &str) {
    let separator = if text.is_empty() { "" } else { "\n\n" };
    let _ = write!(text, "{separator}{}", reason.trim_end());
}
