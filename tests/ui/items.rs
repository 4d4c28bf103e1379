use isolate::{fixture, isolated};

#[isolated]
struct Test;

#[isolated]
static TEST: u8 = 0;

#[isolated]
fn no_body();

#[isolated]
#[tokio::test]
fn tokio() {}

#[isolated]
#[rstest]
fn rstest() {}

#[isolated]
#[serial]
fn serial() {}

#[isolated]
#[test_case(1)]
fn test_case(_number: u8) {}

#[isolated]
#[fixture]
fn fixture_below() {}

#[fixture]
#[isolated]
fn fixture_above() {}

fn main() {}
