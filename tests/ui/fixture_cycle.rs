use isolate::prelude::*;

#[fixture]
fn chicken(egg: &u8) -> u8 {
    *egg
}

#[fixture]
fn egg(nest: &u8) -> u8 {
    *nest
}

#[fixture]
fn nest(chicken: &u8) -> u8 {
    *chicken
}

#[fixture]
fn itself(itself: &u8) -> u8 {
    *itself
}

fn main() {}
