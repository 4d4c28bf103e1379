//! Tests with a process of their own: a fork of the worker, which does nothing itself but wait for it.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitStatus;
use std::time::Instant;

use super::run::Stage;
use super::run::run_alone;
use super::split::Links;
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
use crate::sys::process::{self, Fork, Pid, ThreadName};
use crate::{fixture, leaks, payload, wait, zygote};

/// Exit code of a fork whose own code panicked outside of the test.
const BROKEN: i32 = 70;

/// A test that is to run in a fork of this process.
pub struct Forked<'a> {
    pub case: &'static TestCase,
    pub place: Place,
    /// The fork tells the host its verdict by the same as the worker.
    pub links: &'a Links<'a>,
}

impl Forked<'_> {
    /// Runs the test. What is returned comes after the verdict of the fork, or stands for it if there was none.
    pub fn run(&self) -> Report {
        let end = Instant::now() + self.case.timeout_in(Config::get().ok());
        let mut notes = String::new();
        match self.prepare(end, &mut notes).and_then(|()| self.fork(end, &notes)) {
            Ok(status) if status.success() && self.links.samples.is_done() => Report::Done(Verdict {
                passed: true,
                ..Verdict::default()
            }),
            Ok(status) => Report::Gone {
                status,
                cause: limits::cause_of_death(self.case, status),
            },
            Err(Refusal { reason, retire }) => Report::Done(Verdict {
                failure: notes + &reason,
                retire,
                ..Verdict::default()
            }),
        }
    }

    /// Brings the fixtures that outlive the test into the state in which the fork is to find them, on this thread, which is
    /// that of the fork.
    ///
    /// Where there are none, the worker does nothing: each page that it writes to is copied again for every fork.
    fn prepare(&self, end: Instant, notes: &mut String) -> Result<(), Refusal> {
        let case = self.case;
        if !(case.prepares || fixture::any_outlives_tests()) {
            return Ok(());
        }
        hook::install();
        let _ = output::restore();
        self.begin(end);
        for failure in fixture::enter_group(case.group) {
            let _ = write!(
                notes,
                "before this test, the group that ran in its worker ended: {failure}\n\n"
            );
        }
        let built = if case.prepares { self.build() } else { Ok(()) };
        // What stands in the buffers would be written by both.
        output::flush();
        built.map_err(|failure| Refusal::new(&failure, false))
    }

    fn build(&self) -> Result<(), Failure> {
        let context = Context::preparing(self.case, self.place);
        let built = catch_unwind(AssertUnwindSafe(|| self.case.body.call(&context)));
        built.unwrap_or_else(|panic| Err(Failure::new(payload::say(panic))))
    }

    /// What follows is done for the test, which is stopped at `end`.
    fn begin(&self, end: Instant) {
        hook::name_main_thread(self.case.name());
        wait::begin_test(Some(end));
    }

    fn fork(&self, end: Instant, notes: &str) -> Result<ExitStatus, Refusal> {
        if let Some(company) = leaks::company() {
            return Err(Refusal::new(&company, true));
        }
        self.links.split();
        // Of its fixtures.
        let children = if process::has_children() {
            process::children()
        } else {
            Vec::new()
        };
        let legacy = Legacy::new();
        let census = limits::prepare(self.case);
        let worker = std::process::id().cast_signed();
        self.links.samples.set_done(false);
        let name = ThreadName::new(last_segment(self.case.name()));
        // On another core the fork would find none of its memory in the caches, and the worker has nothing else to do.
        let stay = Stay::here();
        let pid = match process::fork_alone() {
            Ok(Fork::Child) => {
                Stay::end(&stay);
                limits::belong_to(census);
                self.be_child(worker, &name, end, notes, legacy.as_ref())
            }
            Ok(Fork::Parent(pid)) => pid,
            Err(error) => {
                Stay::end(&stay);
                let reason = format!("no process could be forked for the test: {}", process::why_none(&error));
                return Err(Refusal::new(&reason, true));
            }
        };
        self.links.samples.point_at(pid);
        let status = process::wait_for(pid);
        Stay::end(&stay);
        self.links.samples.point_at(worker);
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
    fn be_child(&self, worker: Pid, name: &ThreadName, end: Instant, notes: &str, legacy: Option<&Legacy>) -> ! {
        let verdict = catch_unwind(AssertUnwindSafe(|| {
            if !self.case.own().is_none() {
                own::enter(self.case.own(), &self.place.path());
            }
            // After that, which may cancel it.
            let _ = process::die_with(worker);
            name.give();
            self.begin(end);
            let mut verdict = run_alone(self.case, self.place, Stage::Here, &|| {
                let _ = Report::Lingering.write(self.links.control);
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
            self.links.samples.set_done(true);
        } else {
            let _ = Report::Leaves(verdict).write(self.links.control);
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

/// A test's name without its modules.
fn last_segment(name: &str) -> &str {
    name.rfind(':').map_or(name, |end| &name[end + 1..])
}
