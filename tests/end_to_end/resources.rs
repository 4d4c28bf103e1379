//! Each test has its own directory and ports, of a worker that has a name.

use std::fs;
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::run::Outcome;

static PROJECT: Project = Project::new("resources", &[("src/lib.rs", include_str!("projects/resources.rs"))]);

#[track_caller]
fn passes(tests: &str) -> Outcome {
    let tests: Vec<_> = tests.split_whitespace().map(|test| format!("tests::{test}")).collect();
    let run = PROJECT.test(&format!("--exact {}", tests.join(" "))).finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), tests.len(), "{run}");
    run
}

/// The path that a test wrote down.
#[track_caller]
fn path(run: &Outcome, name: &str) -> PathBuf {
    run.file(name).trim_end().into()
}

/// The test's whole directory, `storage` and all: that is what a user wants to see.
fn parent(path: &Path) -> &str {
    path.parent().and_then(Path::to_str).unwrap()
}

/// A worker's name and its port.
fn worker_and_port(text: &str) -> (String, u16) {
    let (worker, port) = text.trim_end().split_once(' ').unwrap();
    (worker.into(), port.parse().unwrap())
}

#[test]
fn storage_is_empty_private_and_removed() {
    let run = passes("storage_is_empty_and_private storage_is_empty_again storage_and_name_agree");
    assert!(!path(&run, "passing").exists(), "{run}");
}

#[test]
fn storage_of_a_failed_test_is_kept_and_its_path_printed() {
    let run = PROJECT.test_one("tests::storage_of_a_failure").finish();
    let kept = path(&run, "failing");
    run.failed(&["tests::storage_of_a_failure"])
        .reports("tests::storage_of_a_failure", &[parent(&kept)]);
    assert_eq!(fs::read_to_string(kept.join("file")).unwrap(), "evidence", "{run}");
    run.left_no_process();
}

#[test]
fn storage_of_a_crashed_test_is_kept_and_its_path_printed() {
    let run = PROJECT.test_one("tests::storage_of_a_crash").finish();
    let kept = path(&run, "crashing");
    run.failed(&["tests::storage_of_a_crash"])
        .reports("tests::storage_of_a_crash", &[parent(&kept)]);
    assert_eq!(fs::read_to_string(kept.join("file")).unwrap(), "evidence", "{run}");
}

#[test]
fn the_next_run_does_not_sweep_what_was_kept() {
    let run = PROJECT.test_one("tests::storage_of_a_failure").finish();
    PROJECT.test_one("tests::storage_is_empty_again").after(&run).finish();
    assert!(path(&run, "failing").join("file").exists(), "{run}");
}

#[test]
fn keep_all_keeps_storage_of_passed_tests() {
    let run = PROJECT
        .test_one("tests::storage_is_empty_and_private")
        .env("ISOLATE_KEEP", "all")
        .finish();
    assert!(run.status.success(), "{run}");
    assert!(path(&run, "passing").join("file").exists(), "{run}");
}

#[test]
fn keep_none_keeps_nothing() {
    let run = PROJECT
        .test_one("tests::storage_of_a_failure")
        .env("ISOLATE_KEEP", "none")
        .finish();
    run.failed(&["tests::storage_of_a_failure"]).left_nothing();
}

#[test]
fn an_unknown_keep_is_an_error_that_names_the_choices() {
    let run = PROJECT
        .test_one("tests::storage_is_empty_again")
        .env("ISOLATE_KEEP", "sometimes")
        .finish();
    run.failed(&["tests::storage_is_empty_again"])
        .shows("sometimes")
        .shows("failed")
        .shows("all")
        .shows("none");
}

#[test]
fn storage_that_resists_is_removed_and_links_are_not_followed() {
    let run = passes("storage_that_resists");
    assert_eq!(run.file("precious"), "stays\n");
}

#[test]
fn workers_have_names() {
    let run = passes("worker_has_a_name");
    assert_eq!(run.file("worker"), "gw0\n", "{run}");
}

#[test]
fn ports_are_of_the_workers_block() {
    let run = passes("numbers");
    let (worker, port) = worker_and_port(&run.file("numbers"));
    assert_eq!(worker, "gw0", "{run}");
    // Another run on this machine may hold the first block; but blocks are hundreds, and none is master's.
    assert!((5100..32768).contains(&port), "{port}\n{run}");
}

#[test]
fn ports_can_be_named_and_bound() {
    passes("named_ports listener_is_bound udp_is_bound is_bound_beside_a_stranger number_can_be_bound");
}

#[test]
fn workers_and_whole_runs_side_by_side_have_different_ports() {
    let both = "--test-threads=2 --exact tests::holds_1 tests::holds_2";
    let mut runs = [PROJECT.binary_run(both).start(), PROJECT.binary_run(both).start()];
    let mut held = Vec::new();
    for run in &mut runs {
        let (one, first) = worker_and_port(&run.wait_for("1"));
        let (other, second) = worker_and_port(&run.wait_for("2"));
        let mut names = [one, other];
        names.sort();
        assert_eq!(names, ["gw0", "gw1"], "each run counts its own workers");
        held.extend([first / 100, second / 100]);
    }
    held.sort_unstable();
    held.dedup();
    assert_eq!(held.len(), 4, "four workers, four blocks");
    for run in runs {
        fs::write(run.directory().join("go"), "").unwrap();
        run.finish().passed();
    }
}

/// Takes every `step`-th of some ports, as a stranger to all runs. Not where another run has its ports just now: it may be
/// about to bind one.
fn take(ports: Range<u16>, step: usize, address: &str) -> Vec<TcpListener> {
    let mut taken = Vec::new();
    for block in ports.step_by(100) {
        let sockets = fs::read_to_string("/proc/net/unix").expect("/proc is mounted");
        if !sockets.contains(&format!("@isolate-ports-{block}\n")) {
            let block = (block..block + 100).step_by(step);
            taken.extend(block.filter_map(|port| TcpListener::bind((address, port)).ok()));
        }
    }
    taken
}

#[test]
fn a_stranger_on_some_of_the_ports_disturbs_nothing() {
    let strangers = take(5100..6100, 2, "127.0.0.1");
    passes("named_ports listener_is_bound udp_is_bound number_can_be_bound numbers");
    drop(strangers);
}

#[test]
fn a_stranger_on_all_addresses_disturbs_nothing() {
    let mut strangers = take(7000..8000, 3, "0.0.0.0");
    strangers.extend(take(5100..6100, 5, "0.0.0.0"));
    passes("named_ports listener_is_bound number_can_be_bound");
    drop(strangers);
}

#[test]
fn the_successor_of_a_crashed_worker_has_its_name_and_ports() {
    let run = PROJECT.test("--test-threads=1 successor").finish();
    run.failed(&["tests::successor_2_crashes"]);
    let (first, second) = (run.file("first"), run.file("second"));
    let (first, incarnation) = first.trim_end().rsplit_once(' ').unwrap();
    let (second, reincarnation) = second.trim_end().rsplit_once(' ').unwrap();
    assert_eq!(first, second, "the same slot and block\n{run}");
    assert_ne!(incarnation, reincarnation, "{run}");
}

#[test]
fn exhausted_ports_are_an_error_that_names_the_holder() {
    let run = PROJECT.test("--test-threads=1 exhausted").finish();
    run.failed(&["tests::exhausted_2_finds_none", "tests::exhausted_3_has_no_number"]);
    let block = run.file("block");
    for test in ["tests::exhausted_2_finds_none", "tests::exhausted_3_has_no_number"] {
        run.reports(test, &[block.trim_end(), "100 by this test's own process"]);
    }
    run.left_no_process();
}

#[test]
fn inline_is_one_worker_called_master() {
    let run = PROJECT
        .test("--exact tests::worker_inline_is_master tests::numbers tests::storage_is_empty_again")
        .env("ISOLATE", "inline")
        .finish();
    run.passed();
    let (worker, port) = worker_and_port(&run.file("numbers"));
    assert_eq!(worker, "master", "{run}");
    assert!((5000..32768).contains(&port), "{port}\n{run}");
}
