#[isolate::isolated]
mod file;

fn main() {}
