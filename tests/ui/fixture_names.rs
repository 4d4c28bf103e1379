use isolate::prelude::*;

mod fixtures {
    use isolate::prelude::*;

    #[fixture]
    pub fn elsewhere() -> u8 {
        0
    }
}

#[fixture]
fn number() -> u8 {
    0
}

fn plain() -> u8 {
    0
}

#[fixture]
fn nowhere(analytics: &u8) {}

#[fixture]
fn misspelt(storge: &Storage) {}

#[fixture(port(api))]
fn misspelt_port(apy: &Port, _api: &Port) {}

#[fixture]
fn nowhere_both(analytic: &u8, analytics: &u8) {}

#[fixture]
fn misspelt_fixture(nmber: &u8) {}

#[fixture]
fn not_imported(elsewhere: &u8) {}

#[fixture]
fn not_a_fixture(plain: &u8) {}

fn main() {}
