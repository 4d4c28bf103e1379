use isolate::isolated;

#[isolated(grup = "a")]
fn misspelt() {}

#[isolated(schema = "x.sql")]
fn unknown() {}

#[isolated(retries)]
fn planned() {}

#[isolated(storage, group = "a", storage, group = "b")]
fn twice() {}

#[isolated(storage(x), main_thread = true, group, timeout(5), process(x))]
fn shapes() {}

#[isolated(group = 5, timeout = 5, leaks(threads = true), process = 5)]
fn types() {}

#[isolated(group = " ", timeout = "5", leaks(threads = "wran"))]
fn values() {}

#[isolated(timeout = "0s", leaks(treads = "off"), port(api, api))]
fn more_values() {}

#[isolated(port(_api, db), leaks, crate = 5)]
fn names() {}

#[isolated(storage port, "group")]
fn commas() {}

#[isolated]
#[isolated(storage)]
fn again() {}

#[isolated(tags)]
fn tags_without_names() {}

#[isolated(tags(slow, "", "ui", "ui", "not", "needs docker"))]
fn tags_that_are_none() {}

#[isolated(serial)]
fn serial() {}

fn main() {}
