use isolate::prelude::*;

#[fixture(scope = "wroker", autouse, scope = "test")]
fn scopes() {}

#[fixture(scop = "worker", storage, tags("x"))]
fn arguments() {}

#[fixture(port(api, mock), db)]
fn listed(api: &Port) {}

#[fixture(scope = "worker")]
fn outlives(storage: &Storage, _port: &Port) {}

#[fixture]
fn storage() {}

#[fixture]
fn _hidden() {}

#[fixture]
struct Fixture;

#[fixture]
const fn constant<T>() {}

#[fixture]
async unsafe fn asynchronous() {}

#[fixture]
fn borrows(storage: &Storage) -> &Storage {
    storage
}

#[fixture]
fn unnamed() -> Result<impl Copy> {
    Ok(5)
}

#[fixture]
fn patterns((a, b): (u8, u8), #[default((0, 0))] (c, d): (u8, u8), #[default] e: u8, #[cfg(unix)] f: &u8) {}

#[fixture]
fn twice(number: &u8, _number: &u8) {}

#[fixture]
#[fixture]
fn again() {}

#[fixture]
fn chooses(#[with(1)] rows: &u8, #[with(2)] _storage: &Storage, #[case] case: u8, #[from(1)] other: u8) {}

#[isolated(number = 5, text(5), list(), rows(a = 1, a = 2))]
fn values() {}

#[isolated(number, number)]
fn lists_twice() {}

fn main() {}
