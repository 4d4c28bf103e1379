//! Tests with a process of their own: a fork of the worker, which does nothing itself but wait for it.

use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitStatus;

use super::run::Stage;
use super::run::run_alone;
use super::{hook, limits, own};
use crate::case::TestCase;
use crate::config::Config;
use crate::context::Context;
use crate::failure::Failure;
use crate::protocol::{Report, Verdict};
use crate::sys::output;
use crate::sys::process::{self, Fork, Pid};
use crate::sys::sample::SampleArea;
use crate::{fixture, leaks, payload, wait, zygote};

/// Exit code of a fork whose own code panicked outside of the test.
const BROKEN: i32 = 70;

/// Runs a test in a fork of this process. The fork tells the host its verdict; what is returned comes after that, or stands
/// for it if there was no fork.
pub fn run(case: &'static TestCase, place: &Path, control: &UnixStream, samples: &SampleArea) -> Report {
    hook::name_main_thread(case.name());
    wait::begin_test(Some(case.timeout_in(Config::get().ok())));
    let left_behind = fixture::enter_group(case.group);
    if let Err(failure) = prepare(case, place) {
        return refused(failure.to_string(), false);
    }
    if let Some(company) = leaks::company() {
        return refused(company.to_string(), true);
    }
    // What stands in the buffers would be written by both.
    output::flush();
    let worker = std::process::id().cast_signed();
    // Of its fixtures.
    let children = if process::has_children() {
        process::children()
    } else {
        Vec::new()
    };
    let census = limits::prepare(case);
    match process::fork() {
        Ok(Fork::Child) => {
            limits::belong_to(census);
            child(case, place, control, worker, &left_behind)
        }
        Ok(Fork::Parent(pid)) => {
            samples.point_at(pid);
            let status = wait_for(pid, children);
            samples.point_at(worker);
            if case.own().files {
                own::leave(place, status.as_ref().is_ok_and(ExitStatus::success));
            }
            match status {
                Ok(status) => Report::Gone {
                    status,
                    cause: limits::cause_of_death(case, status),
                },
                Err(error) => refused(format!("the end of its process can't be seen: {error}"), true),
            }
        }
        Err(error) => refused(format!("no process could be forked for the test: {error}"), true),
    }
}

/// Builds the fixtures that the fork is to find, on this thread, which is that of the fork.
fn prepare(case: &'static TestCase, place: &Path) -> Result<(), Failure> {
    if !case.prepares {
        return Ok(());
    }
    let context = Context::preparing(case, place.to_owned());
    let built = catch_unwind(AssertUnwindSafe(|| (case.body)(&context)));
    built.unwrap_or_else(|panic| Err(Failure::new(payload::say(panic))))
}

/// The fork: its only thread is its main thread, and everything that the worker has built is there.
fn child(case: &'static TestCase, place: &Path, control: &UnixStream, worker: Pid, left_behind: &[Failure]) -> ! {
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        own::enter(case.own(), place);
        // After that, which may cancel it.
        let _ = process::die_with(worker);
        process::name_thread(case.name().rsplit("::").next().unwrap_or_default());
        let mut verdict = run_alone(case, place, Stage::Here, &|| {
            let _ = Report::Lingering.write(control);
        });
        for failure in left_behind {
            verdict.fail(&format!(
                "before this test, the group that ran in its worker ended: {failure}"
            ));
        }
        output::flush();
        verdict
    }));
    let Ok(verdict) = verdict else {
        process::exit_now(BROKEN)
    };
    let _ = Report::Leaves(verdict).write(control);
    process::exit_now(0)
}

/// Waits until the fork has ended, and ends what it has left running.
fn wait_for(pid: Pid, others: Vec<Pid>) -> io::Result<ExitStatus> {
    let status = process::wait_for(pid)?;
    if process::has_children() {
        zygote::kill_children_but(others);
    }
    Ok(status)
}

/// There was no fork.
fn refused(reason: String, retire: bool) -> Report {
    output::flush();
    Report::Done(Verdict {
        failure: reason,
        retire,
        ..Verdict::default()
    })
}
