use isolate::prelude::*;

#[isolated(runtime = "multi-thread")]
async fn test() {}

#[isolated(clock)]
fn stands_still() {}

#[fixture]
async fn fixture() {}

fn main() {}
