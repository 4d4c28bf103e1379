//! A database in memory is built once for tests with processes of their own, which each get a copy.

use crate::process;
use crate::project::Project;
use crate::run::eventually;

static PROJECT: Project = Project::with_database(
    "memory",
    &[
        ("src/lib.rs", include_str!("projects/memory/lib.rs")),
        ("schema.sql", include_str!("projects/memory/schema.sql")),
        ("seed.sql", include_str!("projects/memory/seed.sql")),
        ("broken.sql", include_str!("projects/memory/broken.sql")),
    ],
);

#[track_caller]
fn fails(test: &str, texts: &[&str]) {
    let test = format!("tests::{test}");
    let run = PROJECT.test_one(&test).finish();
    run.failed(&[&test]).reports(&test, texts).left_no_process();
}

#[test]
fn it_is_built_once_and_every_test_has_its_own() {
    let run = PROJECT.test("--test-threads=1 copy_").finish();
    run.passed();
    assert_eq!(run.tests("ok").len(), 4, "{run}");
    assert_eq!(run.file("built").lines().count(), 1, "built in the worker\n{run}");
}

/// The processes that a test of that name saw above it: its worker, the zygote of that, and the one that the host started.
fn ancestors(text: &str) -> [i32; 3] {
    let mut ids = text.split_whitespace().skip(1).map(|id| id.parse().unwrap());
    std::array::from_fn(|_| ids.next().unwrap())
}

#[test]
fn workers_that_run_at_a_time_have_it_from_the_first() {
    for arguments in ["--test-threads=4 many", "--test-threads=4 --nocapture many"] {
        let run = PROJECT.test(arguments).finish();
        run.passed().left_nothing();
        assert_eq!(run.file("built").lines().count(), 1, "{run}");
        let met: Vec<_> = (1..=4).map(|n| run.file(&format!("met/many_{n}"))).collect();
        let mut names: Vec<_> = met.iter().map(|text| text.split(' ').next().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["gw0", "gw1", "gw2", "gw3"], "{run}");
        let built: i32 = run.file("built").trim().parse().unwrap();
        for text in &met {
            let [worker, zygote, _] = ancestors(text);
            assert!(worker != built && zygote == built, "{text}\n{run}");
        }
    }
}

#[test]
fn so_have_workers_whose_tests_have_networks() {
    let run = PROJECT.test("--test-threads=2 for_itself").finish();
    run.passed().left_nothing();
    assert_eq!(run.file("built").lines().count(), 1, "{run}");
}

#[test]
fn what_has_started_processes_is_built_in_each_worker() {
    let run = PROJECT.test("--test-threads=2 beside_").finish();
    run.passed().left_nothing();
    assert_eq!(run.file("built").lines().count(), 2, "{run}");
}

#[test]
fn what_could_not_be_built_for_the_first_test_is_tried_again_for_the_next() {
    let run = PROJECT.test("--test-threads=1 again").finish();
    run.failed(&["tests::again::case_1"])
        .reports("tests::again::case_1", &["it isn't there yet"]);
    assert_eq!(run.tests("ok").len(), 2, "{run}");
    assert_eq!(run.file("built").lines().count(), 1, "{run}");
    run.left_nothing();
}

#[test]
fn a_test_that_ends_badly_costs_no_other_worker() {
    let run = PROJECT.test("--test-threads=4 tests::ends tests::many").finish();
    let ends = ["crashes", "exits", "hangs", "leaks"].map(|test| format!("tests::ends::{test}"));
    run.failed(&ends.each_ref().map(String::as_str))
        .reports(&ends[0], &["SIGABRT"])
        .reports(&ends[1], &["exit code 0"])
        .reports(&ends[2], &["its timeout", &PROJECT.location("// HANGS")])
        .reports(&ends[3], &["1 thread was still running"]);
    assert_eq!(run.tests("ok").len(), 4, "{run}");
    assert_eq!(run.file("built").lines().count(), 1, "{run}");
    run.left_nothing();
}

#[test]
fn a_kill_of_the_host_or_of_any_process_between_leaves_nothing() {
    type Victim = fn(&[[i32; 3]]) -> Option<i32>;
    let victims: [Victim; 4] = [
        |_| None,
        |met| Some(met[0][2]),
        |met| Some(met[0][1]),
        |met| Some(met[1][0]),
    ];
    for victim in victims {
        let mut run = PROJECT.binary_run("--test-threads=3 waits").start();
        let met = [1, 2, 3].map(|n| ancestors(&run.wait_for(&format!("met/wait_{n}"))));
        match victim(&met) {
            Some(id) => process::signal(id, libc::SIGKILL),
            None => run.signal(libc::SIGKILL),
        }
        if victim(&met) == Some(met[1][0]) {
            assert!(eventually(|| !process::lives(met[1][0])));
            assert!(
                process::lives(met[0][0]) && process::lives(met[2][0]),
                "the others go on"
            );
            run.signal(libc::SIGKILL);
        }
        run.finish().left_no_process();
    }
}

#[test]
fn after_a_kill_of_what_they_have_it_from_workers_build_it_again() {
    let run = PROJECT
        .test("--test-threads=1 --exact tests::a_kill_of_its_zygote tests::copy_1 tests::copy_2")
        .finish();
    run.failed(&["tests::a_kill_of_its_zygote"]).reports(
        "tests::a_kill_of_its_zygote",
        &["the process that supervises workers is gone"],
    );
    assert_eq!(run.tests("ok").len(), 2, "{run}");
    assert_eq!(run.file("built").lines().count(), 2, "{run}");
    run.left_no_process();
}

#[test]
fn without_a_process_it_is_built_for_each_test() {
    let run = PROJECT.test("--test-threads=1 shared_").finish();
    run.passed();
    assert_eq!(run.file("built").lines().count(), 2, "{run}");
    PROJECT
        .test("shared_ copy_1")
        .env("ISOLATE", "inline")
        .finish()
        .passed();
}

#[test]
fn files_fill_it_too_for_tests_and_for_fixtures() {
    let tests = "--exact tests::of_files tests::of_a_fixture tests::empty";
    PROJECT.test(tests).finish().passed();
}

#[test]
fn a_seed_that_fails_is_named() {
    fails(
        "broken",
        &["broken.sql:3: statement 2 (`INSERT INTO sessions VALUES (1, 'twice')`)"],
    );
    fails(
        "refused",
        &["the seed `memory::tests::refuses` of the database failed: no rows today"],
    );
}

#[test]
fn a_seed_that_starts_threads_is_named() {
    fails(
        "with_threads",
        &[
            "no process can be forked",
            "src/lib.rs:",
            "starts_threads",
            "belongs to `db(memory, seed = memory::tests::starts_threads)`",
        ],
    );
}

#[test]
fn what_it_can_not_do_is_said() {
    fails("has_no_path", &["`db(memory)` has no file"]);
    let left = PROJECT.location("// LEFT");
    fails(
        "leaves_a_connection",
        &["outlived the test", ":memory: is still open", &left],
    );
    fails(
        "asked_for_in_two_ways",
        &[
            "this test's `db` can't have the schema ",
            "in memory, and the seed `",
            "it was made before, with none",
        ],
    );
}
