use isolate::prelude::*;

#[fixture]
fn number(#[default(0)] start: u8) -> u8 {
    start
}

#[fixture(scope = "worker")]
fn app(number: &u8, #[default(0)] start: u8) -> u8 {
    number + start
}

#[fixture(scope = "group")]
fn cache(app: &u8, _number: &u8) -> u8 {
    *app
}

#[fixture(scope = "session")]
fn reference(cache: &u8) -> u8 {
    *cache
}

#[fixture]
fn owns(app: u8) -> u8 {
    app
}

fn main() {}
