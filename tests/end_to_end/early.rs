//! The zygote is forked before libtest starts a thread; where that is too late, the binary is started again.

use crate::project::Project;

static PROJECT: Project = Project::new("early", &[("src/lib.rs", include_str!("projects/early.rs"))]);

const ISOLATED: &str = "tests::shares_a_process tests::has_a_process tests::is_on_the_main_thread";

#[track_caller]
fn passes_and_is_loaded(times: usize, thread: &str, arguments: &str) {
    let run = PROJECT
        .test(&format!("--exact {ISOLATED} {arguments}"))
        .env("THREAD", thread)
        .finish();
    run.passed();
    assert_eq!(run.stderr.matches("loaded\n").count(), times, "{run}");
    run.left_nothing();
}

#[test]
fn a_run_loads_the_binary_once() {
    for arguments in ["", "--nocapture", "--test-threads=1"] {
        passes_and_is_loaded(1, "", arguments);
    }
}

#[test]
fn threads_that_end_before_main_dont_matter() {
    passes_and_is_loaded(1, "ends", "");
}

#[test]
fn beside_a_thread_it_is_started_again() {
    passes_and_is_loaded(2, "stays", "");
}

#[test]
fn plain_tests_alone_have_no_process_beside_theirs() {
    PROJECT.test_one("tests::no_process_was_started").finish().passed();
}
