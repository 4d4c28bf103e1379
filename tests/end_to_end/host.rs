//! However a run ends, it leaves no process and no file; and sockets are held by the one or are the other.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{self, Process};
use crate::project::Project;
use crate::run::{Run, Running, eventually};

static PROJECT: Project = Project::new("host", &[("src/lib.rs", include_str!("projects/host.rs"))]);

const WAITING: &str = "--test-threads=4 --exact tests::waits_1 tests::waits_2 tests::ignores_signals";

/// A run in the middle of its tests, with children and grandchildren of them about.
fn busy(run: Run) -> Running {
    let mut run = run.start();
    for name in ["1", "2", "ignores"] {
        run.wait_for(name);
    }
    // One that has just been started has no environment yet.
    assert!(
        eventually(|| run.processes().len() >= 8),
        "a host, a zygote, workers, and the children of tests: {:#?}",
        run.processes()
    );
    run
}

#[track_caller]
fn ends_cleanly_at(signal: i32) {
    let run = busy(PROJECT.binary_run(WAITING));
    run.signal(signal);
    let run = run.finish();
    assert_eq!(
        run.status.signal(),
        Some(signal),
        "as of any program that is ended so\n{run}"
    );
    assert!(run.elapsed < Duration::from_secs(30), "{run}");
    run.left_nothing();
}

#[test]
fn sigint_of_the_host_leaves_nothing() {
    ends_cleanly_at(libc::SIGINT);
}

#[test]
fn sigterm_of_the_host_leaves_nothing() {
    ends_cleanly_at(libc::SIGTERM);
}

#[test]
fn sighup_of_the_host_leaves_nothing() {
    ends_cleanly_at(libc::SIGHUP);
}

/// The terminal sends it to cargo, the host, and everything below at once.
#[test]
fn ctrl_c_leaves_nothing() {
    let mut run = PROJECT.cargo("test --lib");
    run.args(["--"]).args(WAITING.split(' '));
    let run = busy(run);
    run.signal_group(libc::SIGINT);
    let run = run.finish();
    assert!(!run.status.success(), "{run}");
    run.left_nothing();
}

#[test]
fn sigterm_of_the_process_group_leaves_nothing() {
    let run = busy(PROJECT.binary_run(WAITING));
    run.signal_group(libc::SIGTERM);
    run.finish().left_nothing();
}

#[test]
fn sigkill_of_the_host_leaves_no_process_and_the_next_run_sweeps_its_directory() {
    let run = busy(PROJECT.binary_run(WAITING));
    let (tree, killed) = (run.processes(), Instant::now());
    run.signal(libc::SIGKILL);
    assert!(
        eventually(|| run.processes().iter().all(|left| left.id == run.id())),
        "left after {:?}: {:#?}",
        killed.elapsed(),
        run.processes()
    );
    let run = run.finish();
    run.left_no_process();
    are_dead(&tree);
    PROJECT.test("--exact tests::passes").after(&run).finish().passed();
    assert_eq!(run.leftovers(), Vec::<std::path::PathBuf>::new(), "swept\n{run}");
}

/// Waits for the processes to let go of whatever they had locked. Before that, they have left the machine's lists already.
#[track_caller]
fn are_dead(tree: &[Process]) {
    assert!(eventually(|| tree.iter().all(|process| !process::lives(process.id))));
}

/// Out-of-memory killers and CI time limits don't choose the host.
#[test]
fn sigkill_of_everything_leaves_only_what_the_next_run_sweeps() {
    let run = busy(PROJECT.binary_run(WAITING));
    let tree = run.processes();
    while let Some(next) = run.processes().first() {
        process::signal(next.id, libc::SIGKILL);
        if next.id == run.id() {
            break;
        }
    }
    for left in run.processes() {
        process::signal(left.id, libc::SIGKILL);
    }
    let run = run.finish();
    run.left_no_process();
    are_dead(&tree);
    PROJECT.test("--exact tests::passes").after(&run).finish().passed();
    assert_eq!(run.leftovers(), Vec::<std::path::PathBuf>::new(), "swept\n{run}");
}

#[test]
fn a_run_sweeps_nothing_of_a_run_that_goes_on() {
    let mut running = busy(PROJECT.binary_run(WAITING));
    let storage = running.wait_for("1");
    let storage = Path::new(storage.trim().rsplit(' ').next().unwrap());
    let other = PROJECT
        .test("--exact tests::passes")
        .env("TMPDIR", running.directory().join("tmp"))
        .finish();
    assert!(other.status.success(), "{other}");
    assert!(storage.join("file").exists(), "{other}");
    running.signal(libc::SIGTERM);
    running.finish().left_nothing();
}

/// The process that all workers come from.
fn zygote(run: &Running) -> i32 {
    let text = std::fs::read_to_string(run.directory().join("1")).unwrap();
    let worker = text.split(' ').next().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{worker}/stat")).unwrap();
    let parent = stat
        .rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    assert_ne!(parent, run.id(), "workers are children of the zygote");
    parent
}

/// The zygote is nobody's favourite process, and gets killed too.
#[test]
fn a_killed_helper_process_fails_the_tests_and_ends_the_run() {
    let run = busy(PROJECT.binary_run(WAITING));
    process::signal(zygote(&run), libc::SIGKILL);
    let run = run.finish();
    run.failed(&["tests::waits_1", "tests::waits_2", "tests::ignores_signals"]);
    // Nobody could find those that have opened a session of their own.
    assert!(
        eventually(|| run.processes().iter().all(|process| process.command == "sleep 1001 ")),
        "{:#?}\n{run}",
        run.processes()
    );
}

#[test]
fn a_stopped_helper_process_goes_on_when_it_is_needed() {
    let run = busy(PROJECT.binary_run(WAITING).env("ISOLATE_TIMEOUT", "2s"));
    process::signal(zygote(&run), libc::SIGSTOP);
    let run = run.finish();
    run.failed(&["tests::waits_1", "tests::waits_2", "tests::ignores_signals"])
        .left_no_process();
    for test in ["tests::waits_1", "tests::waits_2", "tests::ignores_signals"] {
        run.reports(test, &["2 s, its timeout", "runs the test"]);
    }
}

#[test]
fn a_passed_run_leaves_nothing() {
    let mut run = PROJECT.cargo("test --lib");
    run.args(["--", "--exact", "tests::passes"]);
    run.finish().passed();
}

#[test]
fn tests_with_processes_of_their_own_end_with_the_run() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let run = busy(PROJECT.binary_run(WAITING).env("ISOLATE_PROCESS", "1"));
        run.signal(signal);
        let run = run.finish();
        assert_eq!(run.status.signal(), Some(signal), "{run}");
        run.left_nothing();
    }
    let run = busy(PROJECT.binary_run(WAITING).env("ISOLATE_PROCESS", "1"));
    run.signal(libc::SIGKILL);
    run.finish().left_no_process();
}

#[test]
fn a_test_with_a_process_of_its_own_ends_with_its_worker() {
    let run = PROJECT.binary_run("--exact tests::waits_1 tests::passes");
    let mut run = run.env("ISOLATE_PROCESS", "1").start();
    let test = run.wait_for("1");
    let test = test.split(' ').next().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{test}/status")).unwrap();
    let worker = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    process::signal(worker.trim().parse().unwrap(), libc::SIGKILL);
    let run = run.finish();
    run.failed(&["tests::waits_1"]).reports("tests::waits_1", &["SIGKILL"]);
    assert_eq!(run.tests("ok"), ["tests::passes"], "{run}");
    run.left_no_process();
}
