//! Tests that can't live in one process: loggers, a pool of threads, a hook, a directory, a port, all global.

use crate::project::Project;

static PROJECT: Project = Project::new("globals", &[("src/lib.rs", include_str!("projects/globals.rs"))]).depending_on(
    r#"
log = "0.4"
rayon-core = "1"
tracing = { version = "0.1", default-features = false, features = ["std"] }
"#,
);

#[test]
fn they_pass_in_parallel_in_processes_of_their_own() {
    for threads in [1, 4] {
        let run = PROJECT
            .test(&format!("--test-threads={threads} tests::apart::"))
            .finish();
        run.passed();
        assert_eq!(run.tests("ok").len(), 200, "{run}");
    }
}

#[test]
fn they_fail_in_a_process_that_they_share() {
    let run = PROJECT.test("--test-threads=4 tests::together::").finish();
    // At best the first in each of four workers finds everything untouched.
    assert!(run.tests("FAILED").len() >= 196, "{run}");
    run.shows("SetLoggerError").left_no_process();
}
