//! A chart of wall times: a panel for each comparison, a dot at each median, a line from the least to the most, on an
//! axis where each step is ten times the one before. Who could not be measured has a row that says so.

use std::fmt::Write as _;

use crate::compare::{Comparison, Line, Spread, seconds};

const WIDTH: f64 = 860.0;
const HEAD: f64 = 42.0;
const LEFT: f64 = 200.0;
const RIGHT: f64 = 90.0;
const ROW: f64 = 20.0;
const TITLE: f64 = 34.0;
const AXIS: f64 = 30.0;

/// Labels have an edge in the colour of the ground, so that no line runs through them.
const STYLE: &str = "\
.ground{fill:#fff}text{font:12px system-ui,sans-serif;fill:#24292f;stroke:#fff;stroke-width:4;paint-order:stroke}\
.title{font-weight:600;font-size:13px}.axis{fill:#57606a;font-size:11px}\
.grid{stroke:#d0d7de}.minor{stroke:#eaeef2}.range{stroke:#6e7781;stroke-width:3}.dot{fill:#57606a}\
.ours text{font-weight:600}.ours .range{stroke:#0969da}.ours .dot{fill:#0969da}\
@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3;stroke:#0d1117}.axis{fill:#9198a1}\
.grid{stroke:#3d444d}.minor{stroke:#21262d}.range{stroke:#9198a1}.dot{fill:#9198a1}\
.ours .range{stroke:#58a6ff}.ours .dot{fill:#58a6ff}}";
const LEGEND: &str = "Wall time on a logarithmic axis, less is better. Dot: median; line: from the least to the most.";

/// The whole chart.
pub fn draw<'a>(comparisons: impl Iterator<Item = &'a Comparison>) -> String {
    let (mut body, mut height) = (String::new(), HEAD);
    for comparison in comparisons {
        height = panel(&mut body, comparison, height);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Wall times of the same suites\">\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n<text class=\"axis\" x=\"10\" y=\"24\">{LEGEND}</text>\n{body}</svg>\n"
    )
}

/// Draws one comparison; where the next one begins.
fn panel(body: &mut String, comparison: &Comparison, top: f64) -> f64 {
    let rows: Vec<(&Line, Option<Spread>)> = comparison
        .lines
        .iter()
        .map(|line| (line, line.spread(|cost| seconds(cost.wall))))
        .collect();
    let measured = || rows.iter().filter_map(|(_, spread)| *spread);
    let quickest = measured().map(|spread| spread.least).fold(f64::MAX, f64::min);
    let slowest = measured().map(|spread| spread.most).fold(f64::MIN, f64::max);
    if measured().next().is_none() {
        return top;
    }
    // Whole steps, and at least one of them.
    let first = quickest.max(1e-4).log10().floor();
    let last = slowest.log10().ceil().max(first + 1.0);
    let x = |value: f64| LEFT + (value.max(1e-4).log10() - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    let bottom = top + TITLE + to_f64(rows.len()) * ROW;
    let _ = writeln!(
        body,
        "<text class=\"title\" x=\"10\" y=\"{}\">{}</text>",
        top + 18.0,
        escape(&comparison.title)
    );
    let mut step = first;
    while step <= last {
        let decade = 10_f64.powf(step);
        // Between few labelled lines, two without.
        for minor in [2.0, 5.0] {
            if last - first < 3.0 && step < last {
                line_at(body, "minor", x(decade * minor), top, bottom);
            }
        }
        line_at(body, "grid", x(decade), top, bottom);
        let _ = writeln!(
            body,
            "<text class=\"axis\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x(decade),
            bottom + 14.0,
            round_time(decade)
        );
        step += 1.0;
    }
    for (row, (line, spread)) in rows.iter().enumerate() {
        let y = top + TITLE + (to_f64(row) + 0.5) * ROW;
        let ours = line.name.starts_with("isolate");
        let _ = write!(
            body,
            "<g{}><text text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            if ours { " class=\"ours\"" } else { "" },
            LEFT - 12.0,
            y + 4.0,
            escape(&line.name)
        );
        match spread {
            Some(spread) => {
                let (from, middle, to) = (x(spread.least), x(spread.median), x(spread.most));
                let _ = write!(
                    body,
                    "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>\
                     <line class=\"range\" x1=\"{from:.1}\" y1=\"{y:.1}\" x2=\"{to:.1}\" y2=\"{y:.1}\"/>\
                     <circle class=\"dot\" cx=\"{middle:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>",
                    to.max(middle + 4.5) + 6.0,
                    y + 4.0,
                    time(spread.median)
                );
            }
            None => {
                let _ = write!(
                    body,
                    "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\">not measured</text>",
                    LEFT + 6.0,
                    y + 4.0
                );
            }
        }
        let _ = writeln!(body, "</g>");
    }
    bottom + AXIS
}

fn line_at(body: &mut String, class: &str, x: f64, top: f64, bottom: f64) {
    let top = top + TITLE - 4.0;
    let _ = writeln!(
        body,
        "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>"
    );
}

/// A power of ten.
fn round_time(seconds: f64) -> String {
    match seconds {
        ..0.000_999 => format!("{:.0} µs", seconds * 1e6),
        ..0.999 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.0} s"),
    }
}

/// With three digits.
fn time(seconds: f64) -> String {
    match seconds {
        ..0.000_999_5 => format!("{:.0} µs", seconds * 1e6),
        ..0.009_995 => format!("{:.2} ms", seconds * 1e3),
        ..0.099_95 => format!("{:.1} ms", seconds * 1e3),
        ..0.999_5 => format!("{:.0} ms", seconds * 1e3),
        ..9.995 => format!("{seconds:.2} s"),
        _ => format!("{seconds:.1} s"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("fewer lines than that"))
}
