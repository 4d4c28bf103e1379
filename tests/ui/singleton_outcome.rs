use isolate::singleton;
use std::sync::atomic::{AtomicU8, Ordering};

#[singleton(reset = |it| it.swap(0, Ordering::Relaxed))]
static COUNT: AtomicU8 = AtomicU8::new(0);

fn main() {}
