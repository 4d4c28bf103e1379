//! One of several test binaries that are all the same.

use isolate::isolated;
use session::{Index, Reference, index, reference, tell, wait_for};

#[isolated]
fn reads_1(reference: &Reference) {
    read(reference);
}

#[isolated]
fn reads_2(reference: &Reference) {
    read(reference);
}

#[isolated]
fn reads_3(reference: &Reference) {
    read(reference);
}

#[isolated]
fn reads_the_index(index: &Index, reference: &Reference) {
    assert_eq!(index.text(), reference.directory.to_str().unwrap());
    read(reference);
}

#[isolated]
fn waits(reference: &Reference) {
    tell("waiting", &std::process::id().to_string());
    wait_for("go");
    read(reference);
}

fn read(reference: &Reference) {
    assert!(reference.directory.is_dir());
    tell("reads", reference.directory.to_str().unwrap());
}
