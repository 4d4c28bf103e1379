//! Instructions per test of the inner steps, which a busy machine doesn't change: counted by callgrind, compared with a
//! baseline that is checked in.
//!
//! The tests run with `ISOLATE=inline`: the reset of singletons, the snapshot and check of threads, fixtures and their
//! teardown happen in one process, where valgrind can follow. After them come the steps by themselves, as the program
//! `steps` does them. The request to a worker is none of them: it goes through `pidfd_open`, which valgrind doesn't know.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::{Bench, duckdb};
use crate::contender::Contender;
use crate::project::{self, Suite};
use crate::report::{Facts, Section};

/// Name, arguments of the attribute, parameters, body.
const STEPS: [(&str, &str, &str, &str); 6] = [
    ("empty", "", "", ""),
    ("fixture", "", "_numbers: &Vec<u32>", ""),
    (
        "storage",
        "",
        "storage: &Storage",
        "std::fs::write(storage.join(\"file\"), \"text\").unwrap();",
    ),
    ("port", "", "port: &Port", "port.number();"),
    ("thread", "", "", "std::thread::spawn(|| {}).join().unwrap();"),
    ("group", "(group = \"one\")", "", ""),
];
const HEAD: &str = "use isolate::prelude::*;\n\n#[fixture]\nfn numbers() -> Vec<u32> { vec![0; 100] }\n\n\
                    pub static SETTING: isolate::Resettable<u32> = isolate::Resettable::new(|| 7);\n\n";
/// Steps of the program `steps`, and how often in the two runs.
const INNER: [(&str, [u64; 2]); 6] = [
    ("reset", [10, 110]),
    ("snapshot", [10, 110]),
    ("lease", [10, 110]),
    ("directory", [10, 110]),
    ("fork", [10, 110]),
    ("attach", [2, 12]),
];
/// Tests of each step in the two runs, whose difference is free of what a run costs once.
const FEW_AND_MANY: [u64; 2] = [10, 100];
/// More than this is a regression.
const TOLERANCE: f64 = 0.03;

pub fn run(bench: &Bench) -> Vec<Section> {
    eprintln!("\nsteps");
    let file = bench.places.checkout.join("benches/baseline.csv");
    let baseline = fs::read_to_string(&file).unwrap_or_default();
    let (mut lines, mut counted, mut regressed) = (Vec::new(), String::from("step,instructions\n"), false);
    let (suite, inner) = (build(bench), build_inner(bench));
    let tests = STEPS.iter().map(|(step, ..)| {
        let suite = suite.as_ref().map_err(Clone::clone);
        (*step, suite.and_then(|suite| per_test(bench, suite, step)))
    });
    let steps = INNER.iter().map(|(step, times)| {
        let program = inner.as_ref().map_err(Clone::clone);
        (
            *step,
            program.and_then(|program| per_step(bench, program, step, *times)),
        )
    });
    for (step, now) in tests.chain(steps) {
        let before = baseline
            .lines()
            .find_map(|line| line.strip_prefix(step)?.strip_prefix(',')?.parse::<u64>().ok());
        let line = match now {
            Ok(now) => {
                let _ = writeln!(counted, "{step},{now}");
                let change = before.map(|before| change(before, now));
                regressed |= change.is_some_and(|change| change > TOLERANCE);
                vec![
                    step.to_owned(),
                    now.to_string(),
                    before.map_or_else(|| "none".to_owned(), |before| before.to_string()),
                    change.map_or_else(String::new, |change| format!("{:+.1} %", change * 100.0)),
                ]
            }
            Err(reason) => {
                // What can't be counted here keeps its baseline.
                if let Some(before) = before {
                    let _ = writeln!(counted, "{step},{before}");
                }
                let reason = format!("not measured: {reason}");
                vec![step.to_owned(), reason, String::new(), String::new()]
            }
        };
        eprintln!("  {}", line.join("  "));
        lines.push(line);
    }
    if bench.size.bless {
        match fs::write(&file, counted) {
            Ok(()) => eprintln!("  written to {}", file.display()),
            Err(error) => eprintln!("  the baseline can't be written: {error}"),
        }
        regressed = false;
    }
    vec![Section::Facts(Facts {
        title: "Instructions per test of the inner steps".to_owned(),
        note: "Counted by callgrind in `ISOLATE=inline`, unoptimised, as tests are built; from `reset` on, steps by themselves: \
               `fork` without what the child does, `lease` while nobody else holds ports, `attach` with all that DuckDB does. \
               The way to a worker and back can't be counted, since valgrind doesn't know `pidfd_open`. The baseline holds for \
               the compiler and C library it was taken with; `steps --bless` takes a new one."
            .to_owned(),
        head: ["step", "instructions", "baseline", "change"].map(str::to_owned).to_vec(),
        lines,
        regressed,
    })]
}

fn build(bench: &Bench) -> Result<Suite, String> {
    project::output(Command::new("valgrind").arg("--version"))?;
    let mut source = HEAD.to_owned();
    for (step, arguments, parameters, body) in STEPS {
        for number in 0..FEW_AND_MANY[1] {
            let _ = writeln!(
                source,
                "#[isolated{arguments}]\nfn {step}_{number:02}({parameters}) {{ {body} }}"
            );
        }
    }
    bench.places.suite("steps", Contender::named("isolate"), &source)
}

/// The program of the package `steps`, with DuckDB if there is one.
fn build_inner(bench: &Bench) -> Result<PathBuf, String> {
    project::output(Command::new("valgrind").arg("--version"))?;
    let (workspace, target) = (bench.places.checkout.join("benches"), bench.places.target());
    let mut arguments = vec!["build", "--package", "steps"];
    if duckdb::linked().is_ok() {
        arguments.extend(["--features", "db"]);
    }
    project::cargo(&workspace, &target, &arguments)?;
    Ok(target.join("debug/steps"))
}

/// Instructions of that step.
fn per_step(bench: &Bench, program: &Path, step: &str, times: [u64; 2]) -> Result<u64, String> {
    if step == "attach" {
        duckdb::linked()?;
    }
    let count = |times: u64| {
        let mut steps = Command::new(program);
        instructions(bench, steps.args(["count", step, &times.to_string()]))
    };
    Ok(count(times[1])?.saturating_sub(count(times[0])?) / (times[1] - times[0]))
}

/// Instructions of a test of that step.
fn per_test(bench: &Bench, suite: &Suite, step: &str) -> Result<u64, String> {
    // Ten tests begin with `step_0`; all hundred with `step_`.
    let count = |filter: String| instructions(bench, &suite.command(&[filter, "--test-threads=1".to_owned()]));
    let (few, many) = (count(format!("{step}_0"))?, count(format!("{step}_"))?);
    Ok(many.saturating_sub(few) / (FEW_AND_MANY[1] - FEW_AND_MANY[0]))
}

fn instructions(bench: &Bench, program: &Command) -> Result<u64, String> {
    let counts: PathBuf = bench.places.scratch.join("callgrind.out");
    // What runs have left in the machine's own must not count, and names of another length neither.
    let temporary = env::temp_dir().join("isolate-bench");
    let _ = fs::remove_dir_all(&temporary);
    fs::create_dir_all(&temporary).map_err(|error| error.to_string())?;
    let mut command = Command::new("valgrind");
    command
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", counts.display()));
    command.arg(program.get_program()).args(program.get_args());
    // The same environment everywhere: its size is part of what is counted.
    command
        .env_clear()
        .env("ISOLATE", "inline")
        .env("TMPDIR", &temporary)
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("LD_LIBRARY_PATH", env::var_os("LD_LIBRARY_PATH").unwrap_or_default());
    project::output(&mut command)?;
    let text = fs::read_to_string(&counts).map_err(|error| error.to_string())?;
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    total
        .and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| "callgrind tells no total".to_owned())
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn change(before: u64, now: u64) -> f64 {
    now as f64 / before as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_percent_more_is_a_regression_and_two_are_not() {
        assert!(change(100_000, 104_000) > TOLERANCE);
        assert!(change(100_000, 102_000) < TOLERANCE);
    }
}
