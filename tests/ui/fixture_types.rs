use isolate::prelude::*;

#[derive(Debug)]
struct Wrong;

#[fixture]
fn number(#[default(0)] start: u8) -> u8 {
    start
}

#[fixture]
fn text(number: &u16) -> String {
    number.to_string()
}

#[fixture]
fn fallible() -> Result<Wrong> {
    Ok(5)
}

#[fixture]
fn default(#[default("five")] rows: usize) -> usize {
    rows
}

#[fixture(scope = "session")]
fn not_shareable() -> Wrong {
    Wrong
}

fn main() {}
