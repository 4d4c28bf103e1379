use isolate::{Singleton, singleton};
use std::sync::atomic::AtomicU8;

#[derive(Singleton)]
struct Nowhere;

#[derive(Singleton)]
#[singleton(instance = GENERIC)]
struct Generic<T>(T);

#[derive(Singleton)]
#[singleton(instance = "CACHE", rest = clear, after = POOL)]
struct Shapes;

#[derive(Singleton)]
#[singleton(instance = A)]
#[singleton(instance = A, instance = B)]
struct Twice;

#[singleton]
static SILENT: AtomicU8 = AtomicU8::new(0);

#[singleton(instance = ODD, reset = 1 + 1)]
static ODD: AtomicU8 = AtomicU8::new(0);

#[singleton(reset = drop)]
static mut MUTABLE: u8 = 0;

#[singleton(reset = drop)]
struct NotStatic;

fn main() {}
