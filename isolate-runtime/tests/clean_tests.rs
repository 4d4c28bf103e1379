//! A thousand tests that leave nothing behind, in the ways in which tests use threads, with and without other load: none
//! may be accused.
//!
//! One test in the whole binary: the check looks at all threads of the process.

#![cfg(feature = "runtime")]

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::{self, available_parallelism};

use isolate_runtime::leaks::{self, Policy, Scope};

const KINDS: [fn(); 8] = [plain, joined, many_joined, scoped, detached, rayon_pool, pool, workers];

#[test]
fn clean_tests_are_never_accused() {
    assert!(
        isolate_runtime::sys::interpose::active(),
        "libtest starts this test's thread through us"
    );
    suite();

    let stop = Arc::new(AtomicBool::new(false));
    let hogs: Vec<_> = (0..2 * available_parallelism().unwrap().get())
        .map(|_| {
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    spin_loop();
                }
            })
        })
        .collect();
    suite();
    stop.store(true, Ordering::Relaxed);
    for hog in hogs {
        hog.join().unwrap();
    }
}

fn suite() {
    for nth in 0..1000 {
        let before = leaks::snapshot();
        KINDS[nth % KINDS.len()]();
        // In turns, or the wait for the first would hide from the second what it could get wrong.
        let scopes = [Scope::Process, Scope::StartedHere];
        for scope in [scopes[nth / KINDS.len() % 2], scopes[(nth / KINDS.len() + 1) % 2]] {
            if let Some(leaks) = leaks::check(&before, scope, Policy::Fail) {
                panic!("test {nth}, {scope:?}: {leaks}");
            }
            assert!(leaks::unjoined_panics(&before, scope).is_none());
        }
    }
}

fn plain() {}

fn joined() {
    assert_eq!(thread::spawn(|| 1).join().unwrap(), 1);
}

fn many_joined() {
    let threads: Vec<_> = (0..20).map(|_| thread::spawn(joined)).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn scoped() {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(joined);
        }
    });
}

fn detached() {
    let (ended, end) = mpsc::channel::<()>();
    for _ in 0..4 {
        let ended = ended.clone();
        thread::spawn(move || drop(ended));
    }
    drop(ended);
    assert!(end.recv().is_err());
}

fn rayon_pool() {
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    assert_eq!(pool.join(|| 1, || 2), (1, 2));
    // Its threads are told to end, and nobody waits for them.
}

fn pool() {
    let (jobs, receiver) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
    let receiver = Arc::new(Mutex::new(receiver));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || {
                loop {
                    let job = receiver.lock().unwrap().recv();
                    match job {
                        Ok(job) => job(),
                        Err(_) => break,
                    }
                }
            })
        })
        .collect();
    for _ in 0..20 {
        jobs.send(Box::new(|| drop(Vec::<u8>::with_capacity(100)))).unwrap();
    }
    drop(jobs);
    for thread in threads {
        thread.join().unwrap();
    }
}

fn workers() {
    let (results, collected) = mpsc::channel();
    for nth in 0..4 {
        let results = results.clone();
        thread::Builder::new()
            .name(format!("worker {nth}"))
            .spawn(move || results.send(nth).unwrap())
            .unwrap();
    }
    drop(results);
    assert_eq!(collected.iter().sum::<i32>(), 6);
}
