//! Memory while a run is under way, by role: the host beside plain libtest, the zygote, a worker that is idle.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::Bench;
use crate::compare::Spread;
use crate::contender::{Contender, Test};
use crate::process::children;
use crate::project::Suite;
use crate::report::{Facts, Section};

/// The last test of the suite says that it runs, and ends when it is told to.
const HOLDS: &str = "let at = std::path::PathBuf::from(std::env::var_os(\"HOLD\").unwrap());\n\
                     std::fs::write(at.join(\"held\"), \"\").unwrap();\n\
                     while !at.join(\"release\").exists() { std::thread::sleep(std::time::Duration::from_millis(2)); }";

/// PSS in KiB by role, of one run.
type Roles = BTreeMap<&'static str, f64>;

/// The first one is what the others are compared with.
const ALL: &[&str] = &["libtest", "isolate", "rstest", "nextest", "test-fork", "rusty-fork"];

pub fn run(bench: &Bench) -> Vec<Section> {
    let quick = bench.size.quick;
    let (small, large) = (10, if quick { 2_000 } else { 10_000 });
    let names = if quick { &ALL[..2] } else { ALL };
    let mut lines = Vec::new();
    eprintln!("\nmemory");
    for (tests, count) in [(small, small), (large, small), (large, large)] {
        let of = format!("{count} of {tests}");
        let mut plain = None;
        for name in names.iter().filter(|name| bench.takes(name)) {
            let roles = match measure(bench, name, tests, count) {
                Ok(roles) => roles,
                Err(reason) => {
                    eprintln!("  {name:<24} not measured: {reason}");
                    let reason = format!("not measured: {reason}");
                    lines.push(vec![(*name).to_owned(), of.clone(), reason, String::new()]);
                    continue;
                }
            };
            let alone = roles.len() == 1;
            for (role, pss) in roles {
                let process = if alone {
                    (*name).to_owned()
                } else {
                    format!("{name}: {role}")
                };
                let beyond = match plain {
                    Some(plain) if role == "host" => mebibytes(pss - plain),
                    _ => String::new(),
                };
                if *name == ALL[0] {
                    plain = Some(pss);
                }
                lines.push(vec![process, of.clone(), mebibytes(pss), beyond]);
            }
        }
    }
    vec![Section::Facts(Facts {
        title: "Memory".to_owned(),
        note: format!(
            "PSS while the last test of a run waits; two tests at a time, medians of {} runs ({} where each test has a process). \
             Goals, in the small binary: the host at most 3 MiB beyond libtest, an idle worker at most 3 MiB.",
            bench.size.rounds,
            rounds(bench, "nextest")
        ),
        head: ["process", "tests run", "PSS", "beyond libtest"]
            .map(str::to_owned)
            .to_vec(),
        lines,
        regressed: false,
    })]
}

/// A run of those that start a process for each test takes half a minute.
fn rounds(bench: &Bench, name: &str) -> usize {
    if ["nextest", "test-fork", "rusty-fork"].contains(&name) {
        bench.size.rounds.min(2)
    } else {
        bench.size.rounds
    }
}

/// Medians over the rounds.
fn measure(bench: &Bench, name: &str, tests: usize, run: usize) -> Result<Roles, String> {
    let mut all = Test::many(tests, "", "");
    let mut last = Test::many(1, HOLDS, "").remove(0);
    "zz_holds".clone_into(&mut last.name);
    all.push(last);
    let contender = Contender::named(name);
    let suite = bench
        .places
        .suite(&format!("memory-{tests}"), contender, &contender.source(&all))?;
    let mut found: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let rounds = rounds(bench, name);
    for round in 0..rounds {
        let roles = held(&suite, name == "isolate", &bench.places.scratch, run, tests)?;
        eprintln!("  [{}/{rounds}] {name} after {run} tests: {roles:.0?} KiB", round + 1);
        for (role, pss) in roles {
            found.entry(role).or_default().push(pss);
        }
    }
    let median = |(role, values)| Some((role, Spread::of(values)?.median));
    Ok(found.into_iter().filter_map(median).collect())
}

/// Runs the first `run` of the tests, and looks at the processes while the last one waits.
fn held(suite: &Suite, isolated: bool, scratch: &Path, run: usize, tests: usize) -> Result<Roles, String> {
    let hold = scratch.join("hold");
    let _ = fs::remove_dir_all(&hold);
    fs::create_dir_all(&hold).map_err(|error| error.to_string())?;
    let mut arguments = vec!["--test-threads=2".to_owned()];
    if run < tests {
        // All names have five digits.
        arguments.extend(["t0000".to_owned(), "zz_holds".to_owned()]);
    }
    let mut command = suite.command(&arguments);
    command
        .env("HOLD", &hold)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let deadline = Instant::now() + Duration::from_mins(2);
    while !hold.join("held").exists() {
        if Instant::now() > deadline || child.try_wait().is_ok_and(|ended| ended.is_some()) {
            let _ = child.kill();
            return Err("its last test never ran".to_owned());
        }
        thread::sleep(Duration::from_millis(5));
    }
    // The tests before it may still be on their way out.
    thread::sleep(Duration::from_millis(100));
    let roles = roles(&child, isolated);
    let _ = fs::write(hold.join("release"), "");
    child.wait().map_err(|error| error.to_string())?;
    roles
}

fn roles(host: &Child, isolated: bool) -> Result<Roles, String> {
    let host = host.id();
    let mut roles = Roles::new();
    roles.insert("host", pss(host)?);
    let mut all = vec![host];
    if let Some(&child) = children(host).first() {
        all.push(child);
        roles.insert(if isolated { "zygote" } else { "test's process" }, pss(child)?);
        let workers = children(child);
        // The one whose test waits has a thread for it.
        if let Some(&idle) = workers.iter().find(|&&worker| threads(worker) == 1) {
            roles.insert("idle worker", pss(idle)?);
        }
        all.extend(workers);
        roles.insert("all processes", all.into_iter().map(pss).sum::<Result<f64, _>>()?);
    }
    Ok(roles)
}

/// In KiB.
fn pss(pid: u32) -> Result<f64, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .ok_or_else(|| "the kernel tells no PSS".to_owned())
}

fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}

fn mebibytes(kibibytes: f64) -> String {
    format!("{:.2} MiB", kibibytes / 1024.0)
}
