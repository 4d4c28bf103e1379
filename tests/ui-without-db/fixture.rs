use isolate::prelude::*;

#[isolated(db, storage)]
fn listed() {}

#[isolated]
fn parameter(db: &u8) {}

#[isolated]
fn stops_time(clock: &u8) {}

fn main() {}
