//! A chart of wall times: a panel for each comparison, a dot at each median, a line from the least to the most, on an
//! axis where each step is ten times the one before.

use std::fmt::Write as _;

use crate::compare::{Comparison, Line, Spread, seconds};

const WIDTH: f64 = 860.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 90.0;
const ROW: f64 = 20.0;
const TITLE: f64 = 34.0;
const AXIS: f64 = 30.0;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:13px}.axis{fill:#57606a;font-size:11px}\
.grid{stroke:#d0d7de}.range{stroke:#8c959f;stroke-width:2}.dot{fill:#6e7781}\
.ours text{font-weight:600}.ours .range{stroke:#0969da}.ours .dot{fill:#0969da}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{fill:#9198a1}.grid{stroke:#3d444d}.range{stroke:#6e7681}\
.dot{fill:#9198a1}.ours .range{stroke:#58a6ff}.ours .dot{fill:#58a6ff}}";

/// The whole chart.
pub fn draw<'a>(comparisons: impl Iterator<Item = &'a Comparison>) -> String {
    let (mut body, mut height) = (String::new(), 10.0);
    for comparison in comparisons {
        height = panel(&mut body, comparison, height);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Wall times of the same suites\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

/// Draws one comparison; where the next one begins.
fn panel(body: &mut String, comparison: &Comparison, top: f64) -> f64 {
    let measured: Vec<(&Line, Spread)> = comparison
        .lines
        .iter()
        .filter_map(|line| Some((line, line.spread(|cost| seconds(cost.wall))?)))
        .collect();
    let quickest = measured.iter().map(|(_, spread)| spread.least).fold(f64::MAX, f64::min);
    let slowest = measured.iter().map(|(_, spread)| spread.most).fold(f64::MIN, f64::max);
    if measured.is_empty() {
        return top;
    }
    // Whole steps, and at least one of them.
    let first = quickest.max(1e-4).log10().floor();
    let last = slowest.log10().ceil().max(first + 1.0);
    let x = |value: f64| LEFT + (value.max(1e-4).log10() - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    let bottom = top + TITLE + to_f64(measured.len()) * ROW;
    let _ = writeln!(
        body,
        "<text class=\"title\" x=\"10\" y=\"{}\">{}</text>",
        top + 18.0,
        escape(&comparison.title)
    );
    let mut step = first;
    while step <= last {
        let (at, value) = (x(10_f64.powf(step)), 10_f64.powf(step));
        let _ = writeln!(
            body,
            "<line class=\"grid\" x1=\"{at:.1}\" y1=\"{:.1}\" x2=\"{at:.1}\" y2=\"{bottom:.1}\"/>\
             <text class=\"axis\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>",
            top + TITLE - 4.0,
            bottom + 14.0,
            time(value)
        );
        step += 1.0;
    }
    for (row, (line, spread)) in measured.iter().enumerate() {
        let y = top + TITLE + (to_f64(row) + 0.5) * ROW;
        let class = if line.name.starts_with("isolate") {
            " class=\"ours\""
        } else {
            ""
        };
        let _ = writeln!(
            body,
            "<g{class}><text text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
             <line class=\"range\" x1=\"{:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>\
             <circle class=\"dot\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
            LEFT - 12.0,
            y + 4.0,
            escape(&line.name),
            x(spread.least),
            x(spread.most),
            x(spread.median),
            x(spread.most) + 9.0,
            y + 4.0,
            time(spread.median)
        );
    }
    bottom + AXIS
}

fn time(seconds: f64) -> String {
    match seconds {
        ..0.000_999 => format!("{:.0} µs", seconds * 1e6),
        ..0.999 => format!("{:.0} ms", seconds * 1e3),
        ..9.99 => format!("{seconds:.1} s").replace(".0 s", " s"),
        _ => format!("{seconds:.0} s"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("fewer lines than that"))
}
