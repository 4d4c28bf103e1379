//! `cargo nextest run` gives the same suites the same guarantees.

use std::fs;
use std::process::Command;

use crate::groups;
use crate::project::Project;
use crate::run::{Outcome, Run};

static OUTPUT: Project = Project::new("output", &[("src/lib.rs", include_str!("projects/output.rs"))]);
static CRASHES: Project = Project::new("crashes", &[("src/lib.rs", include_str!("projects/crashes.rs"))]);
static LEAKS: Project = Project::new("leaks", &[("src/lib.rs", include_str!("projects/leaks.rs"))]);
static RESOURCES: Project = Project::new("resources", &[("src/lib.rs", include_str!("projects/resources.rs"))]);
static RULES: Project = Project::new("rules", &[("src/lib.rs", include_str!("projects/rules.rs"))]);
static SINGLETONS: Project = Project::new("singletons", &[("src/lib.rs", include_str!("projects/singletons.rs"))]);
static TIMEOUTS: Project = Project::new("timeouts", &[("src/lib.rs", include_str!("projects/timeouts.rs"))]);
static HOST: Project = Project::new("host", &[("src/lib.rs", include_str!("projects/host.rs"))]);

/// A run of the tests `tests::<pattern>`, a regular expression, or nothing where nextest isn't installed.
pub fn nextest(project: &Project, threads: usize, pattern: &str) -> Option<Run> {
    let installed = Command::new("cargo").args(["nextest", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: cargo-nextest is not installed");
        return None;
    }
    let mut run = project.cargo("nextest run --lib --no-fail-fast --retries 0");
    run.args([
        format!("--test-threads={threads}"),
        "-E".into(),
        format!("test(/^tests::({pattern})/)"),
    ]);
    Some(run)
}

/// Asserts how many tests nextest saw pass and fail.
#[track_caller]
fn summary(run: &Outcome, passed: usize, failed: usize) {
    let passed = format!("{passed} passed");
    let line = run
        .stderr
        .lines()
        .rfind(|line| line.trim_start().starts_with("Summary"));
    let line = line.unwrap_or_else(|| panic!("no summary\n{run}"));
    assert!(line.contains(&passed), "{passed}\n{run}");
    let expected = if failed == 0 {
        String::from("passed")
    } else {
        format!("{failed} failed")
    };
    assert!(
        line.contains(&expected) && (failed > 0 || !line.contains("failed")),
        "{expected}\n{run}"
    );
    run.left_no_process();
}

#[test]
fn output_is_shown_for_failures_only() {
    let Some(run) = nextest(&OUTPUT, 4, "(rust|c|quiet|children)$") else {
        return;
    };
    let run = run.finish();
    summary(&run, 1, 3);
    run.shows("rust, standard output")
        .shows("c, printf 42")
        .shows("rust is broken")
        .hides("never to be seen");
    run.shows("child, error").left_nothing();
}

#[test]
fn crashes_fail_by_name() {
    let Some(run) = nextest(&CRASHES, 4, "") else { return };
    let run = run.finish();
    summary(&run, 5, 15);
    run.shows("SIGSEGV").shows("SIGABRT").shows("SIGKILL").left_nothing();
}

#[test]
fn timeouts_show_stacks() {
    let Some(run) = nextest(&TIMEOUTS, 4, "has_threads|leaves_processes|passes") else {
        return;
    };
    let run = run.finish();
    summary(&run, 3, 2);
    run.shows("sleeping-helper").shows("spinning-helper").left_nothing();
}

#[test]
fn leaks_are_found() {
    let Some(run) = nextest(&LEAKS, 4, "") else { return };
    let run = run.finish();
    summary(&run, 8, 12);
    run.shows("session-watcher")
        .shows(&LEAKS.location("// NAMED"))
        .left_nothing();
}

#[test]
fn rules_hold() {
    let Some(run) = nextest(&RULES, 4, "on_|panics_|generated|fresh|ends_with_ok") else {
        return;
    };
    let run = run.finish();
    for name in ["on_the_main_thread_and_fails", "panics_with_another_text"] {
        assert!(run.stderr.contains(name), "{name}\n{run}");
    }
    summary(&run, 9, 2);
}

#[test]
fn resources_are_given() {
    let tests = "storage_(is|and|of_a_failure)|named_ports|listener_is|udp_is|number_can|worker_has";
    let Some(run) = nextest(&RESOURCES, 4, tests) else {
        return;
    };
    let run = run.finish();
    summary(&run, 8, 1);
    let kept = run.file("failing");
    run.shows(kept.trim_end().trim_end_matches("/storage"));
    assert!(fs::exists(kept.trim_end()).unwrap(), "{run}");
}

#[test]
fn slots_are_nextests_own() {
    let Some(run) = nextest(&RESOURCES, 2, "holds_") else {
        return;
    };
    let mut run = run.start();
    let (one, other) = (run.wait_for("1"), run.wait_for("2"));
    fs::write(run.directory().join("go"), "").unwrap();
    let mut names = [one.split(' ').next().unwrap(), other.split(' ').next().unwrap()];
    names.sort_unstable();
    assert_eq!(names, ["gw0", "gw1"]);
    let port = |text: &str| text.trim_end().rsplit(' ').next().unwrap().parse::<u16>().unwrap();
    assert_ne!(port(&one) / 100, port(&other) / 100, "blocks of their own");
    run.finish().passed();
}

#[test]
fn singletons_are_as_new() {
    let Some(run) = nextest(&SINGLETONS, 4, "") else { return };
    let run = run.finish();
    summary(&run, 6, 1);
}

#[test]
fn groups_are_exclusive_across_processes() {
    let Some(run) = nextest(&groups::PROJECT, 4, "red|blue") else {
        return;
    };
    let run = run.finish();
    summary(&run, 7, 0);
    run.left_nothing();
}

#[test]
fn ctrl_c_leaves_nothing() {
    let Some(run) = nextest(&HOST, 4, "waits_[12]|ignores") else {
        return;
    };
    let mut run = run.start();
    for name in ["1", "2", "ignores"] {
        run.wait_for(name);
    }
    run.signal_group(libc::SIGINT);
    run.finish().left_nothing();
}
