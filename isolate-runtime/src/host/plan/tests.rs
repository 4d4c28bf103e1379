use super::*;
use crate::sys::namespace::Own;

const KIND: Kind = Kind {
    own: Own {
        network: false,
        files: false,
    },
    forks: false,
    databases: 0,
};

const fn test(path: &'static str) -> TestCase {
    crate::case::new(path, "", 0, "", |_| Ok(()))
}

static FREE: [TestCase; 8] = [
    test("c::free_1"),
    test("c::free_2"),
    test("c::free_3"),
    test("c::free_4"),
    test("c::free_5"),
    test("c::free_6"),
    test("c::free_7"),
    test("c::free_8"),
];
static GROUPED: [TestCase; 2] = [test("c::g_1").group("g"), test("c::g_2").group("g")];

fn plan(threads: usize) -> Plan {
    let all = GROUPED.iter().chain(&FREE).rev();
    Plan::new(all.map(|case| (case, KIND)).collect(), threads)
}

fn ask(plan: &Plan, case: &'static TestCase) -> Ticket {
    plan.ask_for(case, || KIND)
}

#[track_caller]
fn batch<'a>(plan: &'a Plan, ticket: &mut Ticket, names: &[&str]) -> Batch<'a> {
    let Next::Run(batch) = plan.next(ticket) else {
        panic!("it has not run")
    };
    let given: Vec<_> = batch.cases().map(TestCase::name).collect();
    assert_eq!(given, names);
    batch
}

fn settle(mut batch: Batch<'_>) {
    let passed = |_| Ok(Finished::passed(String::new()));
    batch.settle((0..batch.length()).map(passed).collect());
}

#[test]
fn a_thread_runs_its_own_test_and_then_more_of_those_that_follow() {
    let plan = plan(1);
    let mut ticket = ask(&plan, &FREE[0]);
    settle(batch(&plan, &mut ticket, &["free_1"]));
    assert!(matches!(plan.next(&mut ticket), Next::Tell(Ok(_))));
    settle(batch(&plan, &mut ask(&plan, &FREE[1]), &["free_2", "free_3"]));
    assert!(matches!(plan.next(&mut ask(&plan, &FREE[2])), Next::Tell(Ok(_))));
    // Half of what is left, at most.
    settle(batch(&plan, &mut ask(&plan, &FREE[3]), &["free_4", "free_5", "free_6"]));
}

#[test]
fn a_thread_whose_group_is_taken_runs_what_others_wait_for() {
    let plan = plan(3);
    let first = batch(&plan, &mut ask(&plan, &GROUPED[0]), &["g_1"]);
    let mut second = ask(&plan, &GROUPED[1]);
    let mut awaited = ask(&plan, &FREE[6]);
    settle(batch(&plan, &mut second, &["free_7"]));
    assert!(matches!(plan.next(&mut awaited), Next::Tell(Ok(_))));
    settle(batch(&plan, &mut second, &["free_1", "free_2"]));
    settle(first);
    settle(batch(&plan, &mut second, &["g_2"]));
}

#[test]
fn a_group_that_is_as_long_as_all_the_rest_takes_begins_at_once() {
    let plan = plan(5);
    let mut ticket = ask(&plan, &FREE[0]);
    settle(batch(&plan, &mut ticket, &["g_1"]));
    settle(batch(&plan, &mut ticket, &["free_1"]));
}

#[test]
fn what_is_not_run_can_be_had_again() {
    let plan = plan(1);
    let mut ticket = ask(&plan, &FREE[0]);
    settle(batch(&plan, &mut ticket, &["free_1"]));
    let mut cut_short = batch(&plan, &mut ask(&plan, &FREE[1]), &["free_2", "free_3"]);
    cut_short.keep(1);
    settle(cut_short);
    let mut ticket = ask(&plan, &FREE[2]);
    drop(batch(&plan, &mut ticket, &["free_3"]));
    assert!(
        matches!(plan.next(&mut ticket), Next::Tell(Err(_))),
        "nobody settled it"
    );
}

#[test]
fn an_unforeseen_test_is_run_when_it_is_asked_for() {
    static STRANGER: TestCase = test("c::a_stranger");
    let plan = plan(1);
    let mut ticket = ask(&plan, &STRANGER);
    settle(batch(&plan, &mut ticket, &["a_stranger"]));
    assert!(matches!(plan.next(&mut ticket), Next::Tell(Ok(_))));
    settle(batch(&plan, &mut ask(&plan, &STRANGER), &["a_stranger"]));
}

#[test]
fn a_thread_stays_for_short_tests_while_another_one_is_free() {
    let plan = plan(2);
    let mut first = ask(&plan, &FREE[0]);
    settle(batch(&plan, &mut first, &["free_1"]));
    settle(batch(&plan, &mut first, &["g_1"]));
    let mut second = ask(&plan, &FREE[3]);
    // Both are here, so one has to come back with the next.
    assert!(matches!(plan.next(&mut first), Next::Tell(Ok(_))));
    settle(batch(&plan, &mut second, &["free_4", "free_5"]));
}
