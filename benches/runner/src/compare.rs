//! Runs contenders in turns, so that what else the machine does meets all of them alike.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::process::{self, Cost};
use crate::project::Suite;

/// One contender of a comparison.
pub struct Entrant {
    pub name: String,
    pub gives: String,
    /// What to run, or why there is nothing.
    pub suite: Result<Suite, String>,
    pub arguments: Vec<String>,
    /// Reads in the output of a run what it found; the error says why the run doesn't count.
    pub judge: Judge,
}

/// Judges the output and wait status of a run.
pub type Judge = Box<dyn Fn(&str, i32) -> Result<String, String>>;

/// A comparison that has been run.
pub struct Comparison {
    /// Short, for file names and the CSV.
    pub id: String,
    pub title: String,
    /// What it is measured against, if there is something other than the first line.
    pub note: String,
    pub lines: Vec<Line>,
}

/// What came of one contender.
pub struct Line {
    pub name: String,
    pub gives: String,
    pub outcome: Result<Vec<Cost>, String>,
    /// What its runs reported, if that is part of the comparison.
    pub found: String,
}

/// Middle and extremes of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

/// One warm-up each, then `rounds` rounds of A B C.
pub fn compare(id: &str, title: &str, note: &str, entrants: &[Entrant], rounds: usize, scratch: &Path) -> Comparison {
    let (log, temporary) = (scratch.join("output.log"), scratch.join("tmp"));
    let comparison = Comparison {
        id: id.to_owned(),
        title: title.to_owned(),
        note: note.to_owned(),
        lines: entrants
            .iter()
            .map(|entrant| Line {
                gives: entrant.gives.clone(),
                ..Line::of(&entrant.name, entrant.suite.as_ref().map(|_| ()))
            })
            .collect(),
    };
    compare_by_hand(comparison, rounds, |place| {
        let entrant = &entrants[place];
        let suite = entrant.suite.as_ref().map_err(Clone::clone)?;
        // What other runs have left in the machine's own must not count.
        let _ = fs::remove_dir_all(&temporary);
        fs::create_dir_all(&temporary).map_err(|error| error.to_string())?;
        let ran = process::run(suite.command(&entrant.arguments).env("TMPDIR", &temporary), &log)
            .map_err(|error| error.to_string())?;
        Ok((ran.cost, (entrant.judge)(&ran.output, ran.status)?))
    })
}

/// The same, where `run` says how the line of that place is run, what it cost and found.
pub fn compare_by_hand(
    mut comparison: Comparison,
    rounds: usize,
    mut run: impl FnMut(usize) -> Result<(Cost, String), String>,
) -> Comparison {
    eprintln!("\n{}", comparison.title);
    for round in 0..=rounds {
        for (place, line) in comparison.lines.iter_mut().enumerate() {
            let Ok(costs) = &mut line.outcome else { continue };
            match run(place) {
                Ok((cost, found)) => {
                    let turn = if round == 0 {
                        "warm-up".to_owned()
                    } else {
                        format!("{round}/{rounds}")
                    };
                    eprintln!("  [{turn}] {:<24} {:>8.3} s  {found}", line.name, seconds(cost.wall));
                    line.found = found;
                    if round > 0 {
                        costs.push(cost);
                    }
                }
                Err(reason) => line.outcome = Err(reason),
            }
        }
    }
    for line in &comparison.lines {
        if let Err(reason) = &line.outcome {
            eprintln!("  {:<24} not measured: {reason}", line.name);
        }
    }
    comparison
}

/// A run counts if it succeeded and says that this many tests have passed.
pub fn passes(count: usize) -> Judge {
    Box::new(move |output, status| {
        if status != 0 {
            let telling = output
                .lines()
                .rev()
                .find(|line| line.contains("error") || line.contains("FAILED"));
            return Err(format!("fails: {}", telling.unwrap_or("without a word").trim()));
        }
        if output.replace(',', "").contains(&format!("{count} passed")) {
            Ok(String::new())
        } else {
            Err(format!("doesn't say that {count} tests passed"))
        }
    })
}

impl Spread {
    /// `None` without values.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (&least, &most) = (values.first()?, values.last()?);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Some(Self { median, least, most })
    }
}

impl Line {
    /// Nothing measured yet, or never for that reason.
    pub fn of(name: &str, ready: Result<(), &String>) -> Self {
        Self {
            name: name.to_owned(),
            gives: String::new(),
            outcome: ready.map(|()| Vec::new()).map_err(Clone::clone),
            found: String::new(),
        }
    }

    /// Of some figure of its runs.
    pub fn spread(&self, figure: impl Fn(&Cost) -> f64) -> Option<Spread> {
        Spread::of(self.outcome.as_ref().ok()?.iter().map(figure).collect())
    }

    /// The median of its rounds' wall times, each divided by that of the same round of `other`.
    pub fn ratio(&self, other: &Self) -> Option<f64> {
        let (own, others) = (self.outcome.as_ref().ok()?, other.outcome.as_ref().ok()?);
        let ratios = own
            .iter()
            .zip(others)
            .map(|(own, other)| seconds(own.wall) / seconds(other.wall));
        Some(Spread::of(ratios.collect())?.median)
    }
}

/// As a number.
pub fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(walls: &[u64]) -> Line {
        let cost = |&milliseconds| Cost {
            wall: Duration::from_millis(milliseconds),
            cpu: Duration::ZERO,
            peak: 0,
        };
        Line {
            name: String::new(),
            gives: String::new(),
            outcome: Ok(walls.iter().map(cost).collect()),
            found: String::new(),
        }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_two() {
        let spread = Spread::of(vec![4.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!(
            spread,
            Spread {
                median: 2.5,
                least: 1.0,
                most: 4.0
            }
        );
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        // A slow phase of the machine in the second round doesn't count.
        let ratio = line(&[20, 200, 20]).ratio(&line(&[10, 100, 10])).unwrap();
        assert!((ratio - 2.0).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn a_run_that_passes_another_number_does_not_count() {
        assert!(passes(1000)("test result: ok. 1000 passed; 0 failed", 0).is_ok());
        assert!(passes(1000)("test result: ok. 100 passed; 0 failed", 0).is_err());
        assert!(passes(1000)("test result: ok. 1000 passed; 0 failed", 256).is_err());
    }
}
