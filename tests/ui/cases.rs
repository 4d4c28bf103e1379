use std::path::PathBuf;

use isolate::isolated;

#[isolated]
#[case(1)]
#[case(1, 2, 3)]
#[case]
#[case(1,, 2)]
fn wrong_number_of_values(#[case] a: u8, #[case] b: u8) {}

#[isolated]
fn no_case_for_it(#[case] a: u8) {}

#[isolated]
#[case(1)]
fn nothing_for_a_case(storage: &isolate::Storage) {}

#[isolated]
#[case(1)]
fn unknown_attributes(#[case(2)] a: u8, #[valeus(1, 2)] b: u8, #[context] c: u8) {}

#[isolated]
fn empty(#[values()] a: u8, #[values] b: u8, #[files()] c: PathBuf, #[files(1)] d: PathBuf) {}

#[isolated]
fn twice(#[values(1)] #[values(2)] a: u8, #[values(1)] #[files("*.rs")] b: u8) {}

#[isolated]
fn no_files(#[files("/etc/*")] b: PathBuf, #[files("[ab].rs")] c: PathBuf) {}

#[isolated]
fn options(#[files("*.toml")] #[mode = sstr] a: &str, #[dirs] b: PathBuf) {}

#[isolated(storage)]
#[case(1)]
fn a_case_for_a_fixture(#[case] storage: &isolate::Storage) {}

#[isolated]
fn pattern(#[values((1, 2))] (a, b): (u8, u8)) {}

#[isolated]
#[case(1)]
#[should_panic]
fn should_panic(#[case] a: u8) -> Result<(), ()> {
    Ok(())
}

#[isolated]
#[timeout]
#[trace]
fn said_in_another_way(#[future] a: u8, #[from] b: u8, #[with()] c: u8, #[case] #[with(1)] d: u8) {}

#[isolate::fixture]
#[once]
fn once() {}

#[isolated]
#[timeout(std::time::Duration::from_secs(1))]
#[case(1)]
fn timeout_of_a_case(#[case] _a: u8) {}

fn main() {}
