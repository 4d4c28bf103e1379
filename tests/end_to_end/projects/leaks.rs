//! Tests that leave threads behind, and tests that only look like it.

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use isolate::prelude::*;

    fn forever() {
        loop {
            thread::park();
        }
    }

    // --- leaks

    #[isolated]
    fn leaks_unnamed() {
        thread::spawn(forever); // UNNAMED
    }

    #[isolated]
    fn leaks_named() {
        start_watcher();
    }

    fn start_watcher() {
        thread::Builder::new()
            .name("session-watcher".into())
            .spawn(forever) // NAMED
            .unwrap();
    }

    #[isolated]
    fn leaks_nested() {
        thread::spawn(|| {
            thread::Builder::new().name("grandchild".into()).spawn(forever).unwrap(); // NESTED
        })
        .join()
        .unwrap();
    }

    #[isolated]
    fn leaks_sleeping() {
        thread::Builder::new()
            .name("sleeper".into())
            .spawn(|| thread::sleep(Duration::from_secs(1000))) // SLEEPING
            .unwrap();
    }

    #[isolated]
    fn leaks_spinning() {
        let spin = || loop {
            std::hint::spin_loop();
        };
        thread::Builder::new().name("spinner".into()).spawn(spin).unwrap(); // SPINNING
    }

    #[isolated]
    fn leaks_two() {
        thread::Builder::new()
            .name("first-of-two".into())
            .spawn(forever) // FIRST
            .unwrap();
        thread::Builder::new()
            .name("second-of-two".into())
            .spawn(forever) // SECOND
            .unwrap();
    }

    #[isolated]
    fn leaks_through_c() {
        extern "C" fn run(_: *mut libc::c_void) -> *mut libc::c_void {
            forever();
            std::ptr::null_mut()
        }
        // SAFETY: the thread takes no argument, and its identifier is initialised by the call.
        unsafe {
            let mut id = std::mem::zeroed();
            let failed = libc::pthread_create(&mut id, std::ptr::null(), run, std::ptr::null_mut()); // THROUGH C
            assert_eq!(failed, 0);
        }
    }

    #[isolated(main_thread)]
    fn leaks_on_the_main_thread() {
        thread::Builder::new().name("from-main".into()).spawn(forever).unwrap(); // MAIN
    }

    #[isolated]
    fn leaks_in_a_drop() {
        struct Late;
        impl Drop for Late {
            fn drop(&mut self) {
                thread::Builder::new().name("late".into()).spawn(forever).unwrap(); // LATE
            }
        }
        let _late = Late;
    }

    struct Poller;

    #[fixture]
    fn poller() -> Poller {
        thread::Builder::new().name("poller".into()).spawn(forever).unwrap(); // POLLER
        Poller
    }

    #[isolated]
    fn leaks_in_a_fixture(_poller: &Poller) {}

    #[isolated]
    fn leaks_and_fails() {
        thread::Builder::new().name("unlucky".into()).spawn(forever).unwrap(); // UNLUCKY
        panic!("for another reason");
    }

    #[isolated]
    fn panics_unjoined() {
        let (done, wait) = mpsc::channel::<()>();
        thread::Builder::new()
            .name("doomed".into())
            .spawn(move || {
                let _done = done;
                panic!("nobody hears me"); // DOOMED
            })
            .unwrap();
        wait.recv().unwrap_err();
    }

    #[isolated(leaks(threads = "warn"))]
    fn warned() {
        thread::Builder::new().name("tolerated".into()).spawn(forever).unwrap(); // TOLERATED
    }

    #[isolated(leaks(threads = "off"))]
    fn not_looked_at() {
        thread::Builder::new().name("invisible".into()).spawn(forever).unwrap();
    }

    // --- no leaks

    #[isolated]
    fn joins() {
        thread::spawn(|| ()).join().unwrap();
    }

    #[isolated]
    fn scopes() {
        thread::scope(|scope| {
            scope.spawn(|| ());
            scope.spawn(|| ());
        });
    }

    /// The thread ends by itself, a little after the test.
    #[isolated]
    fn ends_soon() {
        thread::spawn(|| thread::sleep(Duration::from_millis(30)));
    }

    #[isolated]
    fn catches_a_panic() {
        thread::spawn(|| panic!("heard")).join().unwrap_err();
    }

    #[isolated]
    fn shuts_a_pool_down() {
        let (send, receive) = mpsc::channel::<u32>();
        let receive = std::sync::Arc::new(std::sync::Mutex::new(receive));
        let pool: Vec<_> = (0..8)
            .map(|_| {
                let receive = receive.clone();
                thread::spawn(move || while receive.lock().unwrap().recv().is_ok() {})
            })
            .collect();
        (0..100).for_each(|job| send.send(job).unwrap());
        drop(send);
        pool.into_iter().for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn plain_test_with_a_thread() {
        thread::spawn(forever);
    }
}
