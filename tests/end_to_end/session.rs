//! Fixtures of session scope: once for all processes of a run.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::process;
use crate::project::Project;
use crate::run::{Outcome, Run, Running, eventually};

const TESTS: &str = include_str!("projects/session/tests.rs");

static PROJECT: Project = Project::new(
    "session",
    &[
        ("src/lib.rs", include_str!("projects/session/lib.rs")),
        ("tests/one.rs", TESTS),
        ("tests/two.rs", TESTS),
        ("tests/three.rs", TESTS),
        ("tests/four.rs", TESTS),
        ("tests/five.rs", TESTS),
        ("tests/six.rs", TESTS),
        ("tests/seven.rs", TESTS),
        ("tests/eight.rs", TESTS),
    ],
);

static ASYNC: Project = Project::with_tokio(
    "session_async",
    &[("src/lib.rs", include_str!("projects/session_async.rs"))],
);
static JSON: Project = Project::with_serde("json", &[("src/lib.rs", include_str!("projects/json.rs"))]);

/// Every test binary, with four workers.
fn cargo() -> Run {
    let mut run = PROJECT.cargo("test --tests --no-fail-fast");
    run.args(["--", "--test-threads=4", "reads"]);
    run
}

/// The same, a process for every test; nothing where nextest isn't installed.
fn nextest() -> Option<Run> {
    let installed = Command::new("cargo").args(["nextest", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: cargo-nextest is not installed");
        return None;
    }
    Some(PROJECT.cargo("nextest run --no-fail-fast --retries 0 --test-threads=4 reads"))
}

/// One test of one binary, which goes on until it is told to end.
fn waiting() -> Running {
    let mut run = PROJECT.cargo("test --test one");
    run.args(["--", "--exact", "waits"]);
    let mut run = run.start();
    run.wait_for("waiting");
    run
}

/// Waits for the processes that outlive cargo; longer than a run may leave others behind.
#[track_caller]
fn is_over(run: &Outcome) {
    let directory = run.tmp();
    let alone = || process::marked(directory.parent().unwrap()).is_empty();
    assert!(eventually(alone), "{run}");
    run.left_no_process();
}

/// What the fixtures did, without the ids of their processes; read when all of these are gone.
#[track_caller]
fn story(run: &Outcome) -> Vec<String> {
    is_over(run);
    let log = run.file("log");
    log.lines()
        .map(|line| {
            line.trim_end_matches(|c: char| c.is_ascii_digit())
                .trim_end()
                .to_owned()
        })
        .collect()
}

const WHOLE: [&str; 5] = ["built", "indexed", "index torn down", "torn down", "dropped"];

/// Asserts that every test of the eight binaries read the one value.
#[track_caller]
fn shared(run: &Outcome) {
    assert!(run.status.success(), "{run}");
    is_over(run);
    run.left_nothing();
    let reads = run.file("reads");
    assert_eq!(reads.lines().count(), 32, "{run}");
    let first = reads.lines().next();
    assert!(reads.lines().all(|line| Some(line) == first), "{reads}\n{run}");
}

#[test]
fn eight_binaries_share_one_value() {
    let run = cargo().finish();
    shared(&run);
    assert_eq!(story(&run), WHOLE);
}

#[test]
fn eight_binaries_share_one_value_under_nextest() {
    let Some(run) = nextest() else { return };
    let run = run.finish();
    shared(&run);
    assert_eq!(story(&run), WHOLE);
    run.hides("leaky");
}

#[test]
fn a_builder_that_is_killed_is_followed_by_one_other() {
    let run = cargo().env("REFERENCE", "is killed once").finish();
    shared(&run);
    assert_eq!(story(&run)[0], "built");
    assert_eq!(story(&run)[1..], WHOLE);
}

#[test]
fn a_builder_that_is_killed_is_followed_by_one_other_under_nextest() {
    let Some(run) = nextest() else { return };
    let run = run.env("REFERENCE", "is killed once").finish();
    shared(&run);
    assert_eq!(story(&run)[0], "built");
    assert_eq!(story(&run)[1..], WHOLE);
}

/// Asserts that each of the 32 tests failed with this text, that it was `built` so many times, and that nothing is left.
#[track_caller]
fn all_fail(run: &Outcome, text: &str, built: usize) {
    assert!(!run.status.success(), "{run}");
    is_over(run);
    run.left_nothing();
    let everything = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(everything.matches(text).count(), 32, "{text:?}\n{run}");
    assert_eq!(story(run), vec!["built"; built], "{run}");
}

#[test]
fn a_builder_that_fails_fails_every_test_with_one_text() {
    let run = cargo().env("REFERENCE", "fails").finish();
    let text = "could not be built: no such country\n    it printed:\n      half of it is there\n";
    all_fail(&run, text, 1);
    // Those of the other fixture say by which way they need it.
    run.shows("fixture `index` (src/lib.rs:");
}

#[test]
fn a_builder_that_fails_fails_every_test_with_one_text_under_nextest() {
    let Some(run) = nextest() else { return };
    all_fail(
        &run.env("REFERENCE", "fails").finish(),
        "could not be built: no such country\n",
        1,
    );
}

#[test]
fn a_builder_that_panics_says_where() {
    let run = cargo().env("REFERENCE", "panics").finish();
    all_fail(&run, "panicked: no such continent\n", 1);
    run.shows(&PROJECT.location(r#"Ok("panics") => panic!("no such continent"),"#));
}

#[test]
fn a_builder_that_crashes_is_tried_twice() {
    let run = cargo().env("REFERENCE", "aborts").finish();
    all_fail(&run, "could not be built, twice: its process was killed by signal 6", 2);
}

#[test]
fn a_builder_that_exits_is_tried_twice() {
    let run = cargo().env("REFERENCE", "exits").finish();
    all_fail(&run, "could not be built, twice: its process exited with code 3", 2);
}

#[test]
fn a_builder_that_hangs_is_killed() {
    let run = cargo().env("REFERENCE", "hangs").env("ISOLATE_TIMEOUT", "1s").finish();
    all_fail(
        &run,
        "could not be built: it took longer than 5s, and its process was killed",
        1,
    );
    assert!(run.elapsed < Duration::from_secs(40), "{run}");
}

/// It is the time of no single test.
#[test]
fn the_time_that_a_builder_takes_counts_for_no_test() {
    let run = cargo()
        .env("REFERENCE", "is slow")
        .env("ISOLATE_TIMEOUT", "1s")
        .finish();
    shared(&run);
    assert!(run.elapsed > Duration::from_secs(2), "{run}");
}

/// Ids of the process that built the value, and of its parent.
fn keepers(run: &Running) -> [i32; 2] {
    let log = fs::read_to_string(run.directory().join("log")).unwrap();
    let builder = log.lines().rfind(|line| line.starts_with("built")).unwrap();
    let builder = builder.rsplit(' ').next().unwrap().parse().unwrap();
    [builder, process::parent(builder).unwrap()]
}

/// Lets the test end, and the run with it.
fn go(run: Running) -> Outcome {
    fs::write(run.directory().join("go"), "").unwrap();
    run.finish()
}

#[test]
fn a_value_outlives_the_process_that_guards_it() {
    let run = waiting();
    let [builder, guard] = keepers(&run);
    process::signal(guard, libc::SIGKILL);
    assert!(eventually(|| !process::lives(guard)));
    assert!(process::lives(builder));
    let run = go(run);
    is_over(&run);
    run.passed();
    assert_eq!(story(&run), ["built", "torn down", "dropped"]);
}

#[test]
fn a_value_whose_process_is_killed_takes_everything_along_and_is_built_again_when_needed() {
    let mut run = PROJECT.cargo("test --test one --test two");
    run.args(["--", "--exact", "waits"]);
    let mut run = run.start();
    run.wait_for("waiting");
    let [builder, guard] = keepers(&run);
    let server = |process: &process::Process| process.command.contains("sleep 100");
    // One may be between its fork and its exec.
    let both = || run.processes().iter().filter(|process| server(process)).count() == 2;
    assert!(eventually(both), "{:#?}", run.processes());
    process::signal(builder, libc::SIGKILL);
    let gone = || !run.processes().iter().any(server);
    assert!(eventually(gone), "{:#?}", run.processes());
    assert!(process::lives(guard), "the run's directory is still needed");
    // The first binary's test has lost its directory's server, not the directory; the second binary asks anew.
    let run = go(run);
    is_over(&run);
    run.passed();
    assert_eq!(story(&run), ["built", "built", "torn down", "dropped"]);
}

/// Whoever still runs when cargo is gone still has its fixtures.
#[test]
fn a_run_whose_cargo_is_killed_is_torn_down_by_the_last_one_out() {
    let run = waiting();
    let directory = run.directory().to_owned();
    run.signal(libc::SIGKILL);
    assert!(eventually(|| !process::lives(run.id())));
    let built = fs::read_to_string(directory.join("log")).unwrap();
    assert_eq!(built.lines().count(), 1, "{built}");
    let run = go(run);
    assert_eq!(run.status.signal(), Some(libc::SIGKILL), "{run}");
    is_over(&run);
    run.left_nothing();
    assert_eq!(story(&run), ["built", "torn down", "dropped"]);
    assert_eq!(run.file("reads").lines().count(), 1, "{run}");
}

#[test]
fn ctrl_c_tears_down() {
    let run = waiting();
    run.signal_group(libc::SIGINT);
    let run = run.finish();
    assert!(!run.status.success(), "{run}");
    is_over(&run);
    run.left_nothing();
    assert_eq!(story(&run), ["built", "torn down", "dropped"]);
}

#[test]
fn a_killed_test_binary_leaves_the_value_to_the_next() {
    let mut run = PROJECT.cargo("test --no-fail-fast --test one --test two");
    run.args(["--", "--exact", "waits"]);
    let mut run = run.start();
    let worker = run.wait_for("waiting").trim_end().parse().unwrap();
    let started_by_cargo = |process: &process::Process| process::parent(process.id) == Some(run.id());
    let host = run.processes().into_iter().find(started_by_cargo).unwrap();
    process::signal(host.id, libc::SIGKILL);
    assert!(eventually(|| !process::lives(worker)));
    let run = go(run);
    assert!(!run.status.success(), "{run}");
    assert_eq!(story(&run), ["built", "torn down", "dropped"]);
    assert_eq!(run.file("reads").lines().count(), 1, "{run}");
}

/// Ctrl-C while the value is being built: it comes to be, and is taken down.
#[test]
fn a_value_that_comes_too_late_is_taken_down() {
    let mut run = PROJECT.cargo("test --test one");
    run.args(["--", "--exact", "reads_1"]);
    let mut run = run.env("REFERENCE", "waits").start();
    run.wait_for("log");
    run.signal_group(libc::SIGINT);
    let directory = run.directory().to_owned();
    let run = run.finish();
    fs::write(directory.join("build"), "").unwrap();
    is_over(&run);
    run.left_nothing();
    assert_eq!(story(&run), ["built", "torn down", "dropped"]);
}

const FAILURES: [(&str, &str); 2] = [
    ("fails at the end", "its teardown failed: it would not go"),
    ("aborts at the end", "its process was killed by signal 6"),
];

/// One test of one binary, whose fixture can't be taken down.
fn failing(end: &str, config: &str) -> Outcome {
    let mut run = PROJECT.cargo("test --test one");
    if !config.is_empty() {
        run.args(["--config", config]);
    }
    run.args(["--", "--exact", "reads_1"]);
    let run = run.env("REFERENCE", end).finish();
    assert!(run.status.success(), "{run}");
    is_over(&run);
    run
}

fn next(run: &Outcome) -> Outcome {
    let mut next = PROJECT.cargo("test --test two");
    next.args(["--", "--exact", "reads_1"]);
    let next = next.after(run).finish();
    next.passed();
    is_over(&next);
    next
}

#[test]
fn what_fails_after_the_end_is_said_where_cargo_writes() {
    for (end, text) in FAILURES {
        let run = failing(end, "");
        let said = run.file("stderr");
        let (_, said) = said
            .split_once("isolate: the run failed after its end\n  fixture `reference`")
            .expect("it is said");
        assert!(said.contains(text), "{said}");
        next(&run).hides(text);
        assert_eq!(run.leftovers(), Vec::<PathBuf>::new());
    }
}

/// With a runner that has a pipe or a file for what tests print, and may wait for that to be closed.
#[test]
fn what_fails_after_the_end_is_said_by_the_next_run_where_nobody_would_read_it() {
    for (end, text) in FAILURES {
        let script = r#"exec \"$0\" \"$@\" 2>> $E2E_DIR/other"#;
        let run = failing(end, &format!(r#"target."cfg(unix)".runner = ["sh", "-c", "{script}"]"#));
        assert!(!run.file("stderr").contains(text) && !run.file("other").contains(text));
        next(&run)
            .shows("isolate: the run before this one failed after its end\n")
            .shows("fixture `reference`")
            .shows(text);
        assert_eq!(run.leftovers(), Vec::<PathBuf>::new());
        next(&run).hides(text);
    }
}

#[test]
fn a_binary_started_by_hand_is_a_run_of_its_own() {
    let binary = PROJECT
        .cargo("test --test one --no-run --message-format=short")
        .finish();
    let (_, path) = binary
        .stderr
        .rsplit_once("Executable tests/one.rs (")
        .expect("cargo names the executable");
    let path = PROJECT.directory().join(path.split(')').next().unwrap());
    for _ in 0..2 {
        let mut run = Run::of(&path, &PROJECT);
        run.args(["reads"]);
        let run = run.finish();
        is_over(&run);
        run.passed();
        assert_eq!(story(&run), WHOLE);
    }
}

#[test]
fn inline_each_binary_has_its_own() {
    let mut run = PROJECT.cargo("test --test one --test two");
    run.args(["--", "reads"]);
    let run = run.env("ISOLATE", "inline").finish();
    is_over(&run);
    run.passed();
    assert_eq!(
        story(&run).iter().filter(|line| *line == "torn down").count(),
        2,
        "{run}"
    );
    assert_eq!(story(&run).iter().filter(|line| *line == "built").count(), 2, "{run}");
}

#[test]
fn values_go_as_json() {
    JSON.test("").finish().passed();
}

#[test]
fn tasks_go_on_where_the_value_was_built() {
    let run = ASYNC.cargo("test --lib").finish();
    is_over(&run);
    run.passed();
    assert_eq!(story(&run), ["built", "torn down"]);
}
