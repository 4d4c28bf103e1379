//! Networks and files that only one test has.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::nextest::nextest;
use crate::process;
use crate::project::Project;
use crate::run::{Outcome, Run, eventually};

static PROJECT: Project = Project::new("namespaces", &[("src/lib.rs", include_str!("projects/namespaces.rs"))]);

/// The run of some tests, which may ask for a server on this machine and a file in `/tmp`.
fn run(tests: &str, with: impl FnOnce(Run) -> Run) -> Outcome {
    let server = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let stranger = NamedTempFile::new_in("/tmp").expect("it can be written to");
    let tests: Vec<_> = tests.split_whitespace().map(|test| format!("tests::{test}")).collect();
    let run = PROJECT
        .test(&format!("--exact {}", tests.join(" ")))
        .env("SERVER", server.local_addr().expect("it is bound").to_string())
        .env("STRANGER", stranger.path());
    let run = with(run).finish();
    assert_eq!(fs::read_to_string(stranger.path()).expect("it is there"), "", "{run}");
    run
}

#[track_caller]
fn passes(tests: &str) -> Outcome {
    let run = run(tests, |run| run);
    run.passed();
    assert_eq!(run.tests("ok").len(), tests.split_whitespace().count(), "{run}");
    run
}

#[track_caller]
fn passes_without_privileges(tests: &str) -> Outcome {
    let run = run(tests, |run| run.unprivileged(100));
    run.passed();
    assert_eq!(run.tests("ok").len(), tests.split_whitespace().count(), "{run}");
    run
}

#[test]
fn the_same_port_in_eight_tests_at_once() {
    PROJECT.test("--test-threads=8 own::binds_port_5000").finish().passed();
    PROJECT
        .test("--test-threads=8 alone::binds_port_5000")
        .finish()
        .passed();
    let run = PROJECT.test("--test-threads=8 shared::binds_port_5000").finish();
    assert!(!run.status.success(), "{run}");
    // All of them, if a stranger has the port.
    assert!(run.tests("FAILED").len() >= 7, "{run}");
    run.shows("AddrInUse");
}

#[test]
fn the_same_port_without_privileges() {
    for tests in ["own::binds_port_5000", "alone::binds_port_5000"] {
        let run = PROJECT.test(&format!("--test-threads=8 {tests}")).unprivileged(100);
        run.finish().passed();
    }
}

#[test]
fn nothing_leaves_the_machine() {
    passes("knows_nobody knows_the_machine");
    passes_without_privileges("knows_nobody knows_the_machine");
}

#[test]
fn ports_work_as_ever() {
    passes("has_ports_and_loopback names_the_holder_of_a_port");
    passes_without_privileges("has_ports_and_loopback names_the_holder_of_a_port");
}

#[test]
fn a_network_makes_nobody_more_than_it_was() {
    let user = |id: u32| move |run: Run| run.env("E2E_USER", id.to_string());
    run("stays_who_it_is", user(process::user())).passed();
    let run = run("stays_who_it_is", |mut run| {
        run.args(["--show-output"]);
        user(process::SOMEBODY)(run).unprivileged(100)
    });
    run.passed().shows("capabilities 0000000000000000");
    passes_without_privileges("can_be_refused_what_it_may_not");
}

#[test]
fn a_group_with_tests_of_both_kinds() {
    let run = PROJECT.test("--test-threads=1 mixed").finish();
    run.passed();
    let ours = fs::read_link("/proc/self/ns/net").expect("/proc is mounted");
    assert_eq!(run.file("shared").trim_end(), ours.display().to_string(), "{run}");
    for own in ["own_1", "own_2"] {
        assert_ne!(run.file(own), run.file("shared"), "{run}");
    }
}

#[test]
fn a_refused_network_fails_the_test_and_names_the_setting() {
    let run = run("knows_nobody prefers_a_network knows_the_machine", |run| {
        run.unprivileged(0)
    });
    run.failed(&["tests::knows_nobody"]).reports(
        "tests::knows_nobody",
        &[
            "it can't have a network of its own: unshare(CLONE_NEWUSER | CLONE_NEWNET): ",
            "(os error 28)",
            "`sysctl user.max_user_namespaces=10000` allows it",
            "`network = \"prefer\"` runs it on the machine's network",
        ],
    );
    run.left_nothing();
}

#[test]
fn a_test_that_only_prefers_a_network_says_so_when_it_is_refused() {
    let run = run("prefers_a_network", |run| run.unprivileged(0));
    run.passed();
    for text in [
        "isolate: tests::prefers_a_network warning (src/lib.rs:",
        "it ran on the machine's network, since it can't have a network of its own: unshare(",
        "`sysctl user.max_user_namespaces=10000` allows it",
    ] {
        assert!(run.stderr.contains(text), "{text:?}\n{run}");
    }
    passes("prefers_a_network").hides("isolate: tests::prefers_a_network warning");
}

#[test]
fn refused_files() {
    let run = run("needs_files prefers_files", |run| run.unprivileged(0));
    run.failed(&["tests::needs_files"]).reports(
        "tests::needs_files",
        &[
            "it can't have files of its own: unshare(CLONE_NEWUSER | CLONE_NEWNS): ",
            "`sysctl user.max_user_namespaces=10000` allows it",
            "`files = \"prefer\"` runs it with the machine's files",
        ],
    );
    run.shows("it ran with the machine's files, since it can't have files of its own: unshare(");
}

/// As on Ubuntu, where a user namespace is allowed and everything in it is not.
#[test]
fn a_refusal_that_comes_half_way() {
    let run = run("knows_nobody prefers_a_network prefers_files", Run::powerless);
    run.failed(&["tests::knows_nobody"]).reports(
        "tests::knows_nobody",
        &["it can't have a network of its own: writing /proc/self/uid_map: "],
    );
    run.shows("it ran on the machine's network, since it can't have a network of its own: writing ")
        .shows("it ran with the machine's files, since it can't have files of its own: writing ");
    run.left_nothing();
}

#[test]
fn a_timeout_shows_stacks_from_inside() {
    for (test, place) in [("hangs", "// here"), ("hangs_alone", "// here, alone")] {
        let place = PROJECT.location(place);
        for privileged in [true, false] {
            let run = run(test, |run| if privileged { run } else { run.unprivileged(100) });
            let test = format!("tests::{test}");
            run.failed(&[&test])
                .reports(&test, &["it was still running after 1 s", &format!("at {place} (")])
                .left_no_process();
        }
    }
}

#[test]
fn under_nextest() {
    let tests = "own::binds_port_5000|private::leaves|stays_who|hangs$";
    let Some(run) = nextest(&PROJECT, 8, tests) else { return };
    let run = run.env("E2E_USER", process::user().to_string()).finish();
    assert_eq!(run.status.code(), Some(100), "one fails\n{run}");
    run.shows("11 passed, 1 failed").left_no_process();
}

#[test]
fn inline_is_a_refusal_too() {
    let run = run("knows_nobody prefers_a_network", |run| run.env("ISOLATE", "inline"));
    run.failed(&["tests::knows_nobody"])
        .reports(
            "tests::knows_nobody",
            &["a network of its own", "without ISOLATE=inline"],
        )
        .shows("it ran on the machine's network");
}

#[test]
fn a_killed_run_leaves_no_network() {
    let mut run = PROJECT.binary_run("--exact tests::hangs_in_its_network").start();
    let namespace = run.wait_for("namespace");
    let namespace = namespace.trim_end();
    assert!(process::inside(namespace).len() >= 2, "the test, and what it started");
    run.signal(libc::SIGKILL);
    let gone = || process::inside(namespace).is_empty();
    assert!(eventually(gone), "{:?}", process::inside(namespace));
}

#[test]
fn files_of_its_own() {
    let tests = "has_its_own_temporary_directory can_read_its_source_only can_write_to_the_target_directory has_both";
    passes(tests);
    passes_without_privileges(tests);
    assert!(!Path::new("/tmp/file").exists());
}

#[test]
fn a_failed_test_with_files_keeps_its_directory() {
    for privileged in [true, false] {
        let run = run(
            "fails_with_files",
            |run| if privileged { run } else { run.unprivileged(100) },
        );
        run.failed(&["tests::fails_with_files"])
            .reports("tests::fails_with_files", &["its directory is kept: "]);
        let report = run.report("tests::fails_with_files");
        let (_, kept) = report.split_once("its directory is kept: ").expect("just seen");
        let kept = Path::new(kept.lines().next().unwrap_or_default()).join("storage/evidence");
        assert!(kept.exists(), "{}\n{run}", kept.display());
    }
}

#[test]
fn files_of_one_test_alone() {
    for privileged in [true, false] {
        let unprivileged = |run: Run| if privileged { run } else { run.unprivileged(100) };
        let run = PROJECT.test("--test-threads=1 --skip crashes private::leaves private::keeps");
        let run = unprivileged(run).finish();
        run.passed();
        assert_eq!(run.tests("ok").len(), 3, "{run}");
        let failing = ["tests::private::crashes", "tests::fails_with_files_alone"];
        let run = unprivileged(PROJECT.test(&format!("--exact {}", failing.join(" ")))).finish();
        run.failed(&failing).left_no_process();
        for test in failing {
            run.reports(test, &["its directory is kept: "]);
            let (_, kept) = run
                .report(test)
                .split_once("its directory is kept: ")
                .expect("just seen");
            let kept = Path::new(kept.lines().next().unwrap_or_default());
            assert!(kept.join("tmp/evidence").exists(), "{}\n{run}", kept.display());
            let found = fs::read_dir(kept.join("tmp")).expect("just seen").count();
            let made = 1 + usize::from(test.ends_with("alone"));
            assert_eq!(
                found,
                made,
                "what the test has made itself, in {}\n{run}",
                kept.display()
            );
        }
    }
}

#[test]
fn a_thousand_networks_leave_nothing() {
    let interfaces = || {
        fs::read_to_string("/proc/net/dev")
            .expect("/proc is mounted")
            .lines()
            .count()
    };
    let mounts = || {
        fs::read_to_string("/proc/self/mountinfo")
            .expect("/proc is mounted")
            .lines()
            .count()
    };
    let before = (interfaces(), mounts());
    let run = PROJECT.test("one_of_a_thousand").finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 1000);
    assert_eq!((interfaces(), mounts()), before, "{run}");
}
