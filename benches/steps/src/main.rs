//! Times the inner steps of a test, each by itself: `cargo run --release -p steps`, with `--features db` for DuckDB's.
//!
//! Tests run as in a suite: this program is the host, starts its zygote, and hands them to a worker.
//!
//! With the argument `overhead` it says instead what fixtures add to a test: see [`overhead`]; with `count`, it does one step
//! and nothing else: see [`count`].

mod count;
mod overhead;

use divan::{Bencher, Divan};
use isolate_runtime::directory::RunDirectory;
use isolate_runtime::leaks::{self, Policy, Scope};
use isolate_runtime::port_block::PortBlock;
use isolate_runtime::private::{Context, Failure, TestCase, new, run};
use isolate_runtime::singleton::{self, Resettable};
use isolate_runtime::sys::process::{self, Fork};

static EMPTY: TestCase = case("steps::empty", |_| Ok(()));
#[cfg(feature = "db")]
static DATABASE: TestCase = case("steps::database", |context| context.db(None).map(drop));
static SETTING: Resettable<u32> = Resettable::new(|| 7);

fn main() {
    // In the zygote, which is this program again, it never returns.
    run(&EMPTY);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["overhead"] => overhead::report(),
        ["count", step, times] => count::times(step, times.parse().expect("a number")),
        _ => Divan::from_args().run_benches(),
    }
}

const fn case(path: &'static str, body: fn(&Context) -> Result<(), Failure>) -> TestCase {
    new(path, file!(), line!(), env!("CARGO_MANIFEST_DIR"), body)
}

/// To a worker and back, on a thread of its own there.
#[divan::bench]
fn empty_test() {
    run(&EMPTY);
}

/// To a worker and back, without that thread.
#[divan::bench]
fn empty_test_on_the_main_thread() {
    static CASE: TestCase = case("steps::main_thread", |_| Ok(())).main_thread();
    run(&CASE);
}

#[divan::bench]
fn test_with_a_directory() {
    static CASE: TestCase = case("steps::directory", |context| context.storage().map(drop));
    run(&CASE);
}

#[divan::bench]
fn test_with_a_port() {
    static CASE: TestCase = case("steps::port", |context| context.port("port").map(drop));
    run(&CASE);
}

/// Opened, not used.
#[cfg(feature = "db")]
#[divan::bench]
fn test_with_a_database() {
    run(&DATABASE);
}

#[divan::bench]
fn reset_of_one_singleton(bencher: Bencher) {
    bencher
        .with_inputs(|| *SETTING)
        .bench_values(|_| singleton::reset_all().unwrap());
}

#[divan::bench]
fn snapshot_and_check_of_threads() {
    let before = leaks::snapshot();
    assert!(leaks::check(&before, Scope::Process, Policy::Fail).is_none());
}

#[divan::bench]
fn start_and_join_of_a_thread() {
    std::thread::spawn(|| {}).join().unwrap();
}

#[divan::bench]
fn lease_of_a_block_of_ports() -> PortBlock {
    PortBlock::lease(None).unwrap()
}

/// Once for each run.
#[divan::bench]
fn directory_of_a_run() {
    RunDirectory::create().unwrap().leave();
}

/// With the end of the child, and of what it holds.
#[divan::bench]
fn fork_and_wait() {
    match process::fork().unwrap() {
        Fork::Child => process::exit_now(0),
        Fork::Parent(child) => drop(process::wait_for(child).unwrap()),
    }
}
