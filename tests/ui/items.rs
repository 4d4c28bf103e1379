use isolate::isolated;

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

fn main() {}
