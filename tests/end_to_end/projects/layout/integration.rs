//! An integration test.

use isolate::prelude::*;

#[isolated(storage, port)]
fn integrates() {
    assert_eq!(layout::double(3), 6);
    assert!(storage.path().is_dir());
    assert_eq!(port.addr().port(), port.number());
}

#[isolated]
fn fails() {
    println!("seen of an integration test");
    panic!("integration is broken");
}

mod renamed {
    use isolate as other;

    #[other::isolated(crate = other, storage)]
    fn finds_its_crate(storage: &other::Storage) {
        assert!(storage.path().is_dir());
    }
}
