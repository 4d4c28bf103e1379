//! One command that runs the same suites with isolate and with its peers, in turns, and writes a table, a CSV and a chart.

mod compare;
mod contender;
mod postgres;
mod process;
mod profile;
mod project;
mod report;
mod tasks;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use project::Places;
use report::Section;
use tasks::{Bench, Size};

const USAGE: &str = "\
usage: runner [quick | full | [profile] TASK…] [options]
tasks: empty process memory build failures groups fixtures scaling database populated showcase steps
  quick           the essential rows, under three minutes once everything is built
  full            every task and every contender (the default)
  profile TASK…   flame graphs of isolate in these tasks instead, with perf (of others with --only)
  --tests N       tests of the smaller suite of empty ones (1000)
  --bless         make the counts of `steps` the new baseline
  --rounds N      rounds after the warm-up (7)
  --only A,B      these contenders
  --scratch DIR   where projects and builds go (in the target directory)
  --out DIR       where table.md, rounds.csv and chart.svg go (in the scratch directory)
";

/// What the command line asks for.
struct Request {
    tasks: Vec<String>,
    profile: bool,
    size: Size,
    scratch: PathBuf,
    out: Option<PathBuf>,
}

/// What a run leaves.
struct Outcome {
    table: String,
    regressed: bool,
}

fn main() -> ExitCode {
    let request = match parse(env::args().skip(1)) {
        Ok(request) => request,
        Err(reason) => {
            eprint!("{reason}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match run(request) {
        Ok(outcome) => {
            println!("{}", outcome.table);
            if outcome.regressed {
                eprintln!("error: a count is more than 3 % above its baseline");
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(request: Request) -> std::io::Result<Outcome> {
    process::adopt_orphans();
    fs::create_dir_all(&request.scratch)?;
    let scratch = request.scratch.canonicalize()?;
    let out = request.out.unwrap_or_else(|| scratch.join("report"));
    let checkout = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let mut bench = Bench {
        places: Places { checkout, scratch },
        size: request.size,
    };
    if request.profile {
        bench.size.profiles = Some(out.clone());
    }
    let mut sections = Vec::new();
    let mut table = String::new();
    for (name, task) in tasks::ALL {
        if request.tasks.is_empty() || request.tasks.iter().any(|task| task == name) {
            eprintln!("\n== {name}");
            sections.extend(task(&bench));
            // After each task, so that a run that is stopped has shown what it knew.
            table = if request.profile {
                report::write_profiles(&sections, &machine(), &out)?
            } else {
                report::write(&sections, &machine(), &out)?
            };
        }
    }
    eprintln!("\nwritten to {}", out.display());
    let regressed = sections
        .iter()
        .any(|section| matches!(section, Section::Facts(facts) if facts.regressed));
    Ok(Outcome { table, regressed })
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let mut request = Request {
        tasks: Vec::new(),
        profile: false,
        size: Size {
            rounds: 7,
            tests: 1_000,
            quick: false,
            bless: false,
            profiles: None,
            only: Vec::new(),
        },
        scratch: project::default_scratch(),
        out: None,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
        match argument.as_str() {
            "full" => {}
            "quick" => {
                request.size.quick = true;
                request
                    .tasks
                    .extend(["empty", "process", "memory", "failures", "groups"].map(str::to_owned));
            }
            "profile" => request.profile = true,
            "--bless" => request.size.bless = true,
            "--tests" => request.size.tests = number(&value()?)?,
            "--rounds" => request.size.rounds = number(&value()?)?,
            "--only" => request.size.only = value()?.split(',').map(str::to_owned).collect(),
            "--scratch" => request.scratch = value()?.into(),
            "--out" => request.out = Some(value()?.into()),
            task if tasks::ALL.iter().any(|(name, _)| *name == task) => request.tasks.push(argument),
            _ => return Err(format!("`{argument}` is no task and no option")),
        }
    }
    let unprofiled = request
        .tasks
        .iter()
        .find(|task| tasks::UNPROFILED.contains(&task.as_str()));
    match unprofiled {
        Some(task) if request.profile => Err(format!("`{task}` has no suite to profile")),
        None if request.profile && request.tasks.is_empty() => Err("`profile` needs a task".to_owned()),
        _ => Ok(request),
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|&number| number > 0)
        .ok_or_else(|| format!("`{text}` is no number above zero"))
}

/// What matters about this machine.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("?", |(_, model)| model);
    let memory = read("/proc/meminfo")
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse::<u64>().ok())
        .unwrap_or(0);
    let load = read("/proc/loadavg")
        .split_whitespace()
        .next()
        .unwrap_or("?")
        .to_owned();
    let rustc = project::output(std::process::Command::new("rustc").arg("--version")).unwrap_or_default();
    let rustc = rustc.split(" (").next().unwrap_or_default();
    format!(
        "{cores} cores ({model}), {} GiB, Linux, {rustc}; load {load} at the end of the run.",
        memory / 1024 / 1024
    )
}
