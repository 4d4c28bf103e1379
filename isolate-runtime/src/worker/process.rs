//! Tests with a process of their own: a fork of the worker, which does nothing itself but wait for it.

use std::fmt::Write as _;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitStatus;

use super::run::Stage;
use super::run::run_alone;
use super::{hook, limits, own};
use crate::case::TestCase;
use crate::config::Config;
use crate::context::Context;
use crate::directory::Place;
use crate::failure::Failure;
use crate::protocol::{Report, Verdict};
use crate::sys::coverage::Legacy;
use crate::sys::cpu::Stay;
use crate::sys::output;
use crate::sys::process::{self, Fork, Pid};
use crate::sys::sample::SampleArea;
use crate::{fixture, leaks, payload, wait, zygote};

/// Exit code of a fork whose own code panicked outside of the test.
const BROKEN: i32 = 70;

/// A test that is to run in a fork of this process.
pub struct Forked<'a> {
    pub case: &'static TestCase,
    pub place: Place,
    /// The fork tells the host its verdict here.
    pub control: &'a UnixStream,
    pub samples: &'a SampleArea,
}

impl Forked<'_> {
    /// Runs the test. What is returned comes after the verdict of the fork, or stands for it if there was none.
    pub fn run(&self) -> Report {
        let case = self.case;
        hook::name_main_thread(case.name());
        wait::begin_test(Some(case.timeout_in(Config::get().ok())));
        let mut notes = String::new();
        for failure in fixture::enter_group(case.group) {
            let _ = write!(
                notes,
                "before this test, the group that ran in its worker ended: {failure}\n\n"
            );
        }
        match self.fork(&notes) {
            Ok(status) if status.success() && self.samples.is_done() => Report::Done(Verdict {
                passed: true,
                ..Verdict::default()
            }),
            Ok(status) => Report::Gone {
                status,
                cause: limits::cause_of_death(case, status),
            },
            Err(Refusal { reason, retire }) => Report::Done(Verdict {
                failure: notes + &reason,
                retire,
                ..Verdict::default()
            }),
        }
    }

    fn fork(&self, notes: &str) -> Result<ExitStatus, Refusal> {
        let prepared = prepare(self.case, self.place);
        // What stands in the buffers would be written by both.
        output::flush();
        prepared.map_err(|failure| Refusal::new(&failure, false))?;
        if let Some(company) = leaks::company() {
            return Err(Refusal::new(&company, true));
        }
        // Of its fixtures.
        let children = if process::has_children() {
            process::children()
        } else {
            Vec::new()
        };
        let legacy = Legacy::new();
        let census = limits::prepare(self.case);
        let worker = std::process::id().cast_signed();
        let failed = |error| Refusal::new(&format!("no process could be forked for the test: {error}"), true);
        self.samples.set_done(false);
        // On another core the fork would find none of its memory in the caches, and the worker has nothing else to do.
        let stay = Stay::here();
        let pid = match process::fork_alone().map_err(failed)? {
            Fork::Child => {
                drop(stay);
                limits::belong_to(census);
                self.be_child(worker, notes, legacy.as_ref())
            }
            Fork::Parent(pid) => pid,
        };
        self.samples.point_at(pid);
        let status = process::wait_for(pid);
        drop(stay);
        self.samples.point_at(worker);
        if process::has_children() {
            zygote::kill_children_but(children);
        }
        if self.case.own().files {
            own::leave(&self.place.path(), status.as_ref().is_ok_and(ExitStatus::success));
        }
        if let Some(legacy) = legacy {
            legacy.take();
        }
        let status =
            status.map_err(|error| Refusal::new(&format!("the end of its process can't be seen: {error}"), true))?;
        if !status.success() && !notes.is_empty() {
            eprint!("isolate: {notes}");
        }
        Ok(status)
    }

    /// The fork: its only thread is its main thread, and everything that the worker has built is there.
    ///
    /// It ends without the handlers of `atexit`: those that are there belong to the worker, which runs them once.
    fn be_child(&self, worker: Pid, notes: &str, legacy: Option<&Legacy>) -> ! {
        let name = self.case.name();
        let name = name.rfind(':').map_or(name, |end| &name[end + 1..]);
        let verdict = catch_unwind(AssertUnwindSafe(|| {
            if !self.case.own().is_none() {
                own::enter(self.case.own(), &self.place.path());
            }
            // After that, which may cancel it.
            let _ = process::die_with(worker);
            process::name_thread(name);
            let mut verdict = run_alone(self.case, self.place, Stage::Here, &|| {
                let _ = Report::Lingering.write(self.control);
            });
            if !notes.is_empty() {
                verdict.fail(notes);
            }
            output::flush();
            verdict
        }));
        let Ok(verdict) = verdict else {
            process::exit_now(BROKEN)
        };
        if let Some(legacy) = legacy {
            legacy.leave();
        }
        if verdict.says_no_more_than_passed() {
            // The worker, which is woken by the exit, tells the host.
            self.samples.set_done(true);
        } else {
            let _ = Report::Leaves(verdict).write(self.control);
        }
        process::exit_now(0)
    }
}

/// Why there was no fork.
struct Refusal {
    reason: String,
    /// The worker can't be trusted with another test either.
    retire: bool,
}

impl Refusal {
    fn new(reason: &impl ToString, retire: bool) -> Self {
        Self {
            reason: reason.to_string(),
            retire,
        }
    }
}

/// Builds the fixtures that the fork is to find, on this thread, which is that of the fork.
fn prepare(case: &'static TestCase, place: Place) -> Result<(), Failure> {
    if !case.prepares {
        return Ok(());
    }
    let context = Context::preparing(case, place);
    let built = catch_unwind(AssertUnwindSafe(|| case.body.call(&context)));
    built.unwrap_or_else(|panic| Err(Failure::new(payload::say(panic))))
}
