use std::time::{Duration, Instant};

use super::output::Output;
use super::plan::{Batch, TOGETHER};
use super::remote::Finished;
use crate::config::Config;

/// How far a worker is with the tests that it has been given together, as far as the host has seen.
pub struct Progress<'a, 'plan> {
    batch: &'a mut Batch<'plan>,
    /// When those are taken back that it has not begun; `None` once that is done.
    closes: Option<Instant>,
    /// The one whose output was read last.
    printing: usize,
    /// What those before it have printed, if they have.
    printed: Vec<(usize, String)>,
}

impl<'a, 'plan> Progress<'a, 'plan> {
    /// It has just been given them.
    pub fn new(batch: &'a mut Batch<'plan>) -> Self {
        Self {
            closes: (batch.length() > 1).then(|| Instant::now() + TOGETHER),
            batch,
            printing: 0,
            printed: Vec::new(),
        }
    }

    /// Whether it may still begin another.
    pub fn is_open(&self) -> bool {
        self.closes.is_some()
    }

    /// Until when it may.
    pub fn closes(&self) -> Option<Instant> {
        self.closes
    }

    /// The time that a test may take.
    pub fn limit(&self, test: usize) -> Duration {
        let test = test.min(self.batch.length() - 1);
        self.batch.case(test).timeout_in(Config::get().ok())
    }

    /// What is read from now on is that test's.
    pub fn is_printing(&mut self, test: usize, output: &mut Output) {
        if test != self.printing {
            let printed = output.take();
            if !printed.is_empty() {
                self.printed.push((self.printing, printed));
            }
            self.printing = test;
        }
    }

    /// Those before that test have passed, and those after it will not be begun.
    pub fn come_to(&mut self, test: usize, output: Option<&mut Output>) {
        self.closes = None;
        // A test that writes where it must not may have written there.
        let test = test.min(self.batch.length() - 1);
        if let Some(output) = output {
            self.is_printing(test, output);
        }
        let mut outcomes = Vec::with_capacity(test);
        for passed in self.batch.settled()..test {
            let place = self.printed.iter().position(|&(printing, _)| printing == passed);
            let output = place.map(|place| self.printed.swap_remove(place).1);
            outcomes.push(Ok(Finished::passed(output.unwrap_or_default())));
        }
        self.batch.settle(outcomes);
        self.batch.keep(test + 1);
    }
}
