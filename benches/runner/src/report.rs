//! Writes what has been measured: a table in Markdown, every round as CSV, a chart as SVG.

mod chart;

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::compare::{Comparison, Line, Spread, seconds};

/// Figures that are not times of a run: a title, what it says, and its lines.
pub struct Facts {
    pub title: String,
    pub note: String,
    pub head: Vec<String>,
    pub lines: Vec<Vec<String>>,
    /// A figure is worse than it may be.
    pub regressed: bool,
}

/// One part of the report.
pub enum Section {
    Comparison(Comparison),
    Facts(Facts),
}

/// Writes `table.md`, `rounds.csv` and `chart.svg`, and returns the table.
pub fn write(sections: &[Section], machine: &str, to: &Path) -> io::Result<String> {
    fs::create_dir_all(to)?;
    let comparisons = || {
        sections.iter().filter_map(|section| match section {
            Section::Comparison(comparison) => Some(comparison),
            Section::Facts(_) => None,
        })
    };
    let text = text(sections, machine);
    fs::write(to.join("table.md"), &text)?;
    fs::write(to.join("rounds.csv"), csv(comparisons()))?;
    fs::write(to.join("chart.svg"), chart::draw(comparisons()))?;
    Ok(text)
}

/// Writes `profiles.md`, beside what a run has measured, and returns it.
pub fn write_profiles(sections: &[Section], machine: &str, to: &Path) -> io::Result<String> {
    fs::create_dir_all(to)?;
    let text = text(sections, machine);
    fs::write(to.join("profiles.md"), &text)?;
    Ok(text)
}

fn text(sections: &[Section], machine: &str) -> String {
    let mut text = format!("{machine}\n");
    for section in sections {
        match section {
            Section::Comparison(comparison) => table(&mut text, comparison),
            Section::Facts(facts) => list(&mut text, facts),
        }
    }
    text
}

fn table(text: &mut String, comparison: &Comparison) {
    let Some(first) = comparison.lines.first() else { return };
    heading(text, &comparison.title, &comparison.note);
    let finds = comparison.lines.iter().any(|line| !line.found.is_empty());
    // One column of ratios is enough where isolate comes first.
    let isolate = comparison.lines.iter().skip(1).find(|line| line.name == "isolate");
    let (head, rule) = if finds { (" found |", "---|") } else { ("", "") };
    let _ = writeln!(
        text,
        "| | gives | wall | least … most | × {} |{} CPU | peak |{head}\n|---|---|--:|--:|--:|{}--:|--:|{rule}",
        first.name,
        isolate.map_or("", |_| " × isolate |"),
        isolate.map_or("", |_| "--:|"),
    );
    for line in &comparison.lines {
        let name = if line.name == "isolate" {
            "**isolate**"
        } else {
            &line.name
        };
        let _ = write!(text, "| {name} | {} | ", line.gives);
        if let Err(reason) = &line.outcome {
            let _ = write!(
                text,
                "not measured: {} | | |{} | |",
                reason.replace('|', "/"),
                isolate.map_or("", |_| " |")
            );
        } else {
            cells(text, line, first, isolate);
        }
        let _ = writeln!(
            text,
            "{}",
            if finds {
                format!(" {} |", line.found)
            } else {
                String::new()
            }
        );
    }
}

fn cells(text: &mut String, line: &Line, first: &Line, isolate: Option<&Line>) {
    let wall = line.spread(|cost| seconds(cost.wall));
    let cpu = line.spread(|cost| seconds(cost.cpu));
    #[expect(clippy::cast_precision_loss, reason = "KiB of a process are far below 2^52")]
    let peak = line.spread(|cost| cost.peak as f64 / 1024.0);
    let ratio = |to: Option<&Line>| {
        to.and_then(|to| line.ratio(to))
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"))
    };
    let _ = write!(
        text,
        "{} | {} | {} |{} {} | {} |",
        wall.map_or_else(String::new, |wall| format!("{} s", figure(wall.median))),
        wall.map_or_else(String::new, range),
        ratio(Some(first)),
        isolate.map_or_else(String::new, |_| format!(" {} |", ratio(isolate))),
        cpu.map_or_else(String::new, |cpu| format!("{} s", figure(cpu.median))),
        peak.map_or_else(String::new, |peak| format!("{:.1} MiB", peak.median)),
    );
}

fn list(text: &mut String, facts: &Facts) {
    heading(text, &facts.title, &facts.note);
    let rule = facts.head.iter().map(|_| "---|").collect::<String>();
    let _ = writeln!(text, "| {} |\n|{rule}", facts.head.join(" | "));
    for line in &facts.lines {
        let _ = writeln!(text, "| {} |", line.join(" | "));
    }
}

fn heading(text: &mut String, title: &str, note: &str) {
    let _ = writeln!(text, "\n### {title}\n");
    if !note.is_empty() {
        let _ = writeln!(text, "{note}\n");
    }
}

fn csv<'a>(comparisons: impl Iterator<Item = &'a Comparison>) -> String {
    let mut text = String::from("task,contender,round,wall_seconds,cpu_seconds,peak_kib\n");
    for comparison in comparisons {
        for line in &comparison.lines {
            for (round, cost) in line.outcome.iter().flatten().enumerate() {
                let (wall, cpu) = (seconds(cost.wall), seconds(cost.cpu));
                let _ = writeln!(
                    text,
                    "{},{},{},{wall:.6},{cpu:.6},{}",
                    comparison.id,
                    line.name,
                    round + 1,
                    cost.peak
                );
            }
        }
    }
    text
}

/// Three digits that count.
fn figure(seconds: f64) -> String {
    match seconds {
        ..0.1 => format!("{seconds:.4}"),
        ..10.0 => format!("{seconds:.3}"),
        _ => format!("{seconds:.1}"),
    }
}

fn range(spread: Spread) -> String {
    format!("{} … {}", figure(spread.least), figure(spread.most))
}
