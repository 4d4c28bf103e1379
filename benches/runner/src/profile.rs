//! Where the time of a suite goes: samples that perf takes of all its processes, as folded stacks, as a flame graph, and the
//! functions that most of them are in.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use inferno::collapse::Collapse;
use inferno::collapse::perf::{Folder, Options};
use inferno::flamegraph;

use crate::compare::Entrant;
use crate::process;
use crate::project::output;
use crate::report::{Facts, Section};

/// Functions in the list.
const MOST: usize = 10;

/// Profiles those of the entrants that are isolate's, or all if none is.
pub fn of_all(id: &str, title: &str, entrants: &[Entrant], scratch: &Path, out: &Path) -> Section {
    let ours = |entrant: &&Entrant| entrant.name.starts_with("isolate");
    let any = entrants.iter().any(|entrant| ours(&entrant));
    let mut lines = Vec::new();
    for entrant in entrants.iter().filter(|entrant| !any || ours(entrant)) {
        let file = format!("profile-{id}-{}", entrant.name.replace([' ', ':'], "-"));
        eprintln!("profiling {id} of {}", entrant.name);
        match record(entrant, scratch, &out.join(&file)) {
            Ok(functions) => lines.extend(
                functions
                    .into_iter()
                    .map(|(function, share)| vec![entrant.name.clone(), function, format!("{:.1} %", share * 100.0)]),
            ),
            Err(reason) => lines.push(vec![
                entrant.name.clone(),
                format!("not profiled: {reason}"),
                String::new(),
            ]),
        }
    }
    Section::Facts(Facts {
        title: format!("Profile: {title}"),
        note: format!("Samples of CPU time, of all processes; `profile-{id}-*.svg` shows where they come from."),
        head: ["", "function itself", "share"].map(str::to_owned).to_vec(),
        lines,
        regressed: false,
    })
}

/// Runs the suite once; writes `<to>.folded` and `<to>.svg`; the functions with the most samples, and their shares.
fn record(entrant: &Entrant, scratch: &Path, to: &Path) -> Result<Vec<(String, f64)>, String> {
    output(Command::new("perf").arg("--version"))?;
    let suite = entrant
        .suite
        .as_ref()
        .map_err(Clone::clone)?
        .command(&entrant.arguments);
    let samples = scratch.join("perf.data");
    let mut perf = Command::new("perf");
    // By the clock: many virtual machines have no counters.
    perf.args([
        "record",
        "--quiet",
        "--event=cpu-clock",
        "--freq=4999",
        "--call-graph=fp",
        "-o",
    ]);
    perf.arg(&samples)
        .arg("--")
        .arg(suite.get_program())
        .args(suite.get_args());
    if let Some(directory) = suite.get_current_dir() {
        perf.current_dir(directory);
    }
    for (name, value) in suite.get_envs() {
        match value {
            Some(value) => perf.env(name, value),
            None => perf.env_remove(name),
        };
    }
    let ran = process::run(&mut perf, &scratch.join("output.log")).map_err(|error| error.to_string())?;
    (entrant.judge)(&ran.output, ran.status)?;
    let folded = fold(&samples)?;
    let _ = fs::remove_file(&samples);
    let write = || {
        fs::create_dir_all(to.parent().unwrap_or(scratch))?;
        fs::write(to.with_extension("folded"), &folded)?;
        let mut options = flamegraph::Options::default();
        options.title.clone_from(&entrant.name);
        // In percent: what is narrower can't be seen, and makes large files.
        options.min_width = 0.1;
        let picture = File::create(to.with_extension("svg"))?;
        flamegraph::from_reader(&mut options, folded.as_slice(), picture).map_err(std::io::Error::other)
    };
    write().map_err(|error| error.to_string())?;
    Ok(most(&String::from_utf8_lossy(&folded)))
}

fn fold(samples: &Path) -> Result<Vec<u8>, String> {
    let mut script = Command::new("perf");
    script
        .arg("script")
        .arg("-i")
        .arg(samples)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut script = script.spawn().map_err(|error| error.to_string())?;
    let text = std::io::BufReader::new(script.stdout.take().expect("it is piped"));
    let mut options = Options::default();
    // Kernel functions end in `_[k]`.
    options.annotate_kernel = true;
    let mut folded = Vec::new();
    let collapsed = Folder::from(options).collapse(text, &mut folded);
    script.wait().map_err(|error| error.to_string())?;
    collapsed.map(|()| folded).map_err(|error| error.to_string())
}

/// The innermost functions of folded stacks, those with the most samples first, and their shares of all.
fn most(folded: &str) -> Vec<(String, f64)> {
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    let mut total = 0.0;
    for (stack, count) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let count: f64 = count.parse().unwrap_or_default();
        *counts.entry(stack.rsplit(';').next().unwrap_or(stack)).or_default() += count;
        total += count;
    }
    let mut functions: Vec<(&str, f64)> = counts.into_iter().collect();
    functions.sort_by(|one, other| other.1.total_cmp(&one.1));
    functions.truncate(MOST);
    functions
        .into_iter()
        .map(|(function, count)| (function.to_owned(), count / total))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_belong_to_the_innermost_function() {
        let functions = most("main;run;fork_[k] 6\nmain;run 1\nmain;wait;fork_[k] 3\n");
        assert_eq!(functions, [("fork_[k]".to_owned(), 0.9), ("run".to_owned(), 0.1)]);
    }
}
