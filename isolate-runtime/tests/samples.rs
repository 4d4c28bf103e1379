//! Stacks of the threads of a forked process, taken by its parent, as the zygote does when a test is out of time.
//!
//! One test in the whole binary: it forks.

#![cfg(feature = "runtime")]

use std::ffi::c_void;
use std::io::{Read, Write, pipe};
use std::ptr::{null, null_mut};
use std::sync::{Arc, Barrier};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use isolate_runtime::leaks::{self, Policy, Scope};
use isolate_runtime::stacks::{Image, SampleArea, report_all, threads_of};

#[test]
fn a_parent_sees_where_the_threads_of_its_child_are() {
    // Some threads come and go at the fork.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let busy = thread::spawn(move || {
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            comes_and_goes();
        }
    });
    for _ in 0..20 {
        look_into_child();
    }
    stop.send(()).unwrap();
    busy.join().unwrap();
}

/// A thread, but none of std's: those hold a lock of std's for a moment, which a fork in that moment would leave locked in the
/// child, whose own threads of std's would then never begin.
fn comes_and_goes() {
    extern "C" fn nothing(_: *mut c_void) -> *mut c_void {
        null_mut()
    }
    // SAFETY: an initialised handle, joined once; the function needs nothing.
    unsafe {
        let mut thread = std::mem::zeroed();
        assert_eq!(libc::pthread_create(&raw mut thread, null(), nothing, null_mut()), 0);
        assert_eq!(libc::pthread_join(thread, null_mut()), 0);
    }
}

fn look_into_child() {
    let area = SampleArea::new().unwrap();
    let (mut ready, mut tell) = pipe().unwrap();
    // SAFETY: the child starts threads and allocates, for which glibc's own locks are ready after a fork.
    let child = unsafe { libc::fork() };
    if child == 0 {
        area.install_handler().unwrap();
        child_main(&mut tell);
    }
    drop(tell);
    let mut word = [0];
    ready.read_exact(&mut word).expect("the child is ready");
    assert_eq!(word, *b"r", "the child found its own threads");

    let tids = threads_of(child);
    assert_eq!(tids.len(), 4);
    let stacks = area.sample(child, &tids, Instant::now() + Duration::from_secs(5));
    let image = Image::of(child);
    let again = area.sample(child, &tids, Instant::now() + Duration::from_secs(5));
    assert_eq!(again.len(), 4);
    // SAFETY: the child's id, which is not waited for yet; room for its status.
    let status = unsafe {
        libc::kill(child, libc::SIGKILL);
        let mut status = 0;
        libc::waitpid(child, &raw mut status, 0);
        status
    };
    assert!(libc::WIFSIGNALED(status), "the child survived being looked at");

    // Also after the child's end.
    let report = report_all(&image, &stacks);
    let of = |name: &str| {
        stacks
            .iter()
            .find(|stack| stack.name == name)
            .unwrap_or_else(|| panic!("{name}: {stacks:#?}"))
    };
    for name in ["waiter", "spinner"] {
        assert!(!of(name).addresses.is_empty(), "{name}: {stacks:#?}");
        assert!(report.contains(&format!("thread `{name}`")), "{report}");
    }
    // It blocks all signals.
    assert!(of("deaf").addresses.is_empty(), "{stacks:#?}");
    assert!(report.contains("has no stack to show"), "{report}");
    assert!(report.starts_with("thread `"), "{report}");
    if cfg!(debug_assertions) {
        for function in ["begin", "child_main"] {
            assert!(
                report.contains(&format!("(samples::{function})")),
                "{function}: {report}"
            );
        }
    }
}

fn child_main(tell: &mut std::io::PipeWriter) -> ! {
    let before = leaks::snapshot();
    thread::spawn(|| ()).join().unwrap();
    let clean = leaks::check(&before, Scope::Process, Policy::Fail).is_none();
    let barrier = Arc::new(Barrier::new(4));
    let run = |name: &str, body: fn() -> !| {
        let barrier = Arc::clone(&barrier);
        let deaf = name == "deaf";
        let thread = Builder::new().name(name.to_owned());
        thread.spawn(move || -> () { begin(&barrier, deaf, body) }).unwrap()
    };
    let threads = [
        run("waiter", wait_for_ever),
        run("spinner", spin),
        run("deaf", wait_for_ever),
    ];
    barrier.wait();
    tell.write_all(if clean { b"r" } else { b"!" }).unwrap();
    for thread in threads {
        let _ = thread.join();
    }
    unreachable!("they never end");
}

fn begin(barrier: &Barrier, deaf: bool, body: fn() -> !) -> ! {
    if deaf {
        // SAFETY: a signal set of this frame.
        unsafe {
            let mut all = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, null_mut());
        }
    }
    barrier.wait();
    body()
}

fn wait_for_ever() -> ! {
    loop {
        thread::park();
    }
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}
