//! What fixtures add to a test: the same test with and without them, in turns, so that what else the machine does meets
//! both alike; the median of the differences.

use std::time::{Duration, Instant};

use isolate::fixture;
use isolate_runtime::private::{TestCase, run};

use crate::{EMPTY, case};

const PAIRS: usize = 2000;

#[fixture]
fn one() -> Vec<u32> {
    vec![1; 100]
}

#[fixture]
fn two(one: &[u32]) -> Vec<u32> {
    vec![2; one.len()]
}

#[fixture]
fn three(#[default(100)] count: usize) -> Vec<u32> {
    vec![3; count]
}

#[fixture]
fn four(two: &[u32], three: &[u32]) -> Result<Vec<u32>, std::num::ParseIntError> {
    Ok(vec!["4".parse()?; two.len().max(three.len())])
}

#[fixture]
fn five(four: &[u32]) -> Vec<u32> {
    vec![5; four.len()]
}

// As `#[isolated]` writes it.
static FIVE: TestCase = case("overhead::five", |context| {
    context.fixture::<one>()?;
    context.fixture::<two>()?;
    context.fixture::<three>()?;
    context.fixture::<four>()?;
    context.fixture::<five>()?;
    Ok(())
});
static LIGHT: TestCase = case("overhead::light", |context| {
    context.tracker()?;
    context.mocks()?;
    context.env()?;
    context.threads()?;
    context.test().map(drop)
});
static STORAGE: TestCase = case("overhead::storage", |context| context.storage().map(drop));
static PORT: TestCase = case("overhead::port", |context| context.port("port").map(drop));

/// Prints it.
pub fn report() {
    println!("beyond a test without fixtures, median of {PAIRS} pairs (and the middle half of them):");
    for (what, case) in [
        ("five fixtures of its own", &FIVE),
        ("tracker, mocks, env, threads, test", &LIGHT),
        ("storage", &STORAGE),
        ("port", &PORT),
        ("nothing", &EMPTY),
    ] {
        let mut differences: Vec<f64> = (0..PAIRS).map(|_| microseconds(case) - microseconds(&EMPTY)).collect();
        differences.sort_by(f64::total_cmp);
        let [low, median, high] = [1, 2, 3].map(|quarter| differences[PAIRS * quarter / 4]);
        println!("{what:<36}{median:>8.1} µs  ({low:.1} … {high:.1})");
    }
}

fn microseconds(case: &'static TestCase) -> f64 {
    let start = Instant::now();
    run(case);
    let taken: Duration = start.elapsed();
    taken.as_secs_f64() * 1e6
}
