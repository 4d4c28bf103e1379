use std::cell::Cell;
use std::io::{self, BufReader};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::split::Links;
use super::{become_worker, hook, own, process::Forked, question, run, run::Stage};
use crate::case::TestCase;
use crate::directory::Place;
use crate::failure::Failure;
use crate::protocol::{Kind, Report, Task, WorkerStart};
use crate::sys::claims::Claims;
use crate::sys::sample::SampleArea;
use crate::sys::{coverage, descriptor, lsan, output, process};
use crate::{fixture, singleton};

/// A process that has just been forked to be a worker.
pub struct WorkerProcess {
    pub start: WorkerStart,
    /// Tasks come in here, reports go out.
    pub control: OwnedFd,
    /// How far it is with its tests.
    pub claims: Claims,
    /// Stdout and stderr of the tests.
    pub output: [OwnedFd; 2],
    /// Where the threads of this process answer the zygote.
    pub samples: SampleArea,
    /// The parent, with which this process dies.
    pub zygote: process::Pid,
    /// Where orders come in if this process becomes a zygote, which it may once.
    pub orders: Option<OwnedFd>,
}

/// Exit code of a worker that could not take down what it had built.
pub const TEARDOWN_FAILED: i32 = 1;

impl WorkerProcess {
    /// Runs tests until the host closes its end, or one leaves the process unclean.
    pub fn serve(self) -> ! {
        coverage::start_afresh();
        let Kind { own, forks, .. } = self.start.kind;
        if !forks {
            own::enter(own, &self.start.directory);
        }
        // Each makes the worker stricter, none is needed to run a test.
        let _ = process::die_with(self.zygote);
        let _ = process::adopt_orphans();
        let _ = self.samples.install_handler();
        let run_stderr = io::stderr().as_fd().try_clone_to_owned();
        let (Ok(()), Ok(run_stderr)) = (output::redirect(self.output), run_stderr) else {
            process::exit_now(TEARDOWN_FAILED)
        };
        output::write_lines();
        process::name_thread(&format!("isolate gw{}", self.start.slot));
        become_worker(self.start);
        if forks {
            hook::install();
            // What the forks would have to find out, each for itself.
            singleton::find_order();
        }
        let control = UnixStream::from(self.control);
        // Without it the fixture `capture` says so.
        let _ = question::answer_from(&control);
        // Buffered, so that a task costs one system call; the host sends none before it has the report on the last.
        let mut tasks = BufReader::with_capacity(64, &control);
        let links = Links {
            control: &control,
            claims: &self.claims,
            samples: &self.samples,
            stderr: run_stderr.as_fd(),
            orders: Cell::new(self.orders),
        };
        while let Ok(Some(task)) = Task::read(&mut tasks) {
            let Some(report) = perform_all(&task, forks, &links) else {
                continue;
            };
            let retire = matches!(&report, Report::Done(verdict) if verdict.retire);
            if report.write(&control).is_err() || retire {
                break;
            }
        }
        let mut failures = fixture::end_of_worker();
        // Nobody reads this worker's own output any more.
        let _ = descriptor::redirect(run_stderr.as_fd(), 2);
        if !lsan::has_found() && lsan::finds_leaks() {
            failures.push(Failure::new(
                "memory was lost after its last test, when its fixtures were taken down: LeakSanitizer's report stands above",
            ));
        }
        for failure in &failures {
            eprintln!(
                "isolate: worker {} failed at its end\n  {failure}",
                super::worker().name()
            );
        }
        if lsan::has_found() {
            // At the end of a process LeakSanitizer looks of itself, and would find the same.
            process::exit_now(if failures.is_empty() { 0 } else { TEARDOWN_FAILED })
        }
        lsan::keep_this_thread();
        // Runs the handlers of `atexit`: coverage is written there.
        std::process::exit(if failures.is_empty() { 0 } else { TEARDOWN_FAILED })
    }
}

/// Runs tests until there is something to report.
fn perform_all(task: &Task, forks: bool, links: &Links<'_>) -> Option<Report> {
    let mut last = None;
    for (&case, sequence) in task.cases.iter().zip(task.sequence..) {
        // What is still in the pipe has to be read before another test writes there, or it would count as that one's.
        let goes_on = |last| says_no_more_than_passed(last) && output::is_read();
        if !(last.as_ref().is_none_or(goes_on) && links.claims.claim()) {
            break;
        }
        // SAFETY: the host runs the same executable, and it is the place of a test.
        let case: &TestCase = unsafe { case.get() };
        last = Some(perform(case, sequence, forks, links));
    }
    last
}

fn says_no_more_than_passed(report: &Report) -> bool {
    matches!(report, Report::Done(verdict) if verdict.says_no_more_than_passed() && !verdict.retire)
}

/// Runs a test.
fn perform(case: &'static TestCase, sequence: u32, forks: bool, links: &Links<'_>) -> Report {
    let place = Place::InWorker {
        worker: super::worker().dir(),
        test: case.name(),
        n: sequence,
    };
    if forks {
        let forked = Forked { case, place, links };
        let report = forked.run();
        // The host waits for the first test, and no longer.
        drop(links.orders.take());
        return report;
    }
    hook::install();
    let _ = output::restore();
    let stage = if case.main_thread {
        Stage::Here
    } else {
        Stage::OwnThread
    };
    Report::Done(run(case, place, stage, &|| {
        let _ = Report::Lingering.write(links.control);
    }))
}
