//! Tests whose built-in fixtures have something to complain about, or depend on how the run was started.

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use isolate::prelude::*;

    #[isolated]
    fn tracker_collects(tracker: &Tracker) -> Result {
        tracker.track("oldest", || println!("cleaned up: oldest"));
        tracker.track("fails", || Err::<(), _>("no permission")); // FAILS
        tracker.track_with("panics", 5, |n| assert_eq!(n, 6, "not what it was"));
        let (newest, gone) = mpsc::channel::<()>();
        let panics = move || {
            let _ = gone.recv();
            panic!("deep inside")
        };
        tracker.track("thread", thread::spawn(panics));
        let mut child = Command::new("sh").args(["-c", "exit 3"]).spawn()?;
        child.wait()?;
        tracker.track("child", child);
        tracker.track("newest", move || {
            println!("cleaned up: newest");
            drop(newest);
        });
        println!("the test itself is through");
        Ok(())
    }

    #[isolated]
    fn tracker_after_a_panic(tracker: &Tracker) {
        tracker.track("one", || println!("cleaned up: one"));
        panic!("half-way");
    }

    #[isolated]
    #[should_panic(expected = "as expected")]
    fn tracker_under_should_panic(tracker: &Tracker) {
        tracker.track("panics", || assert!(LIMIT.get() == &0, "as expected, but too late"));
        panic!("as expected");
    }

    static LIMIT: Swappable<u32> = Swappable::new(10);

    #[isolated]
    fn mocks_complain(mocks: &Mocks) {
        mocks.replace(&LIMIT, 1);
        mocks.register(
            "server",
            AtomicUsize::new(0),
            |calls| calls.store(0, Ordering::Relaxed),
            |calls| assert_eq!(calls.load(Ordering::Relaxed), 2, "calls of the server"),
        ); // SERVER
        mocks.checkpoint("disk", (), |()| Err("two writes too many"));
    }

    #[isolated]
    fn mocks_put_back() {
        assert_eq!(*LIMIT, 10);
    }

    #[isolated]
    fn threads_complain(threads: &Threads) {
        threads.join_within(Duration::from_millis(100));
        threads.spawn("deaf", || loop {
            thread::park();
        });
        threads.spawn("broken", || panic!("in the background")); // BROKEN
        threads.spawn("fine", || ());
    }

    #[isolated]
    fn threads_are_stopped_after_a_panic(threads: &Threads) {
        let stop = threads.stop();
        threads.spawn("waiting", move || {
            stop.wait(Duration::MAX);
            println!("woken up");
        });
        panic!("half-way");
    }

    /// Makes a directory of its own the current one: that of the run can't be moved.
    #[fixture]
    fn elsewhere(storage: &Storage) -> Result<PathBuf> {
        let place = storage.join("elsewhere");
        std::fs::create_dir(&place)?;
        std::env::set_current_dir(&place)?;
        Ok(place)
    }

    #[isolated]
    fn env_finds_its_way_back(elsewhere: &PathBuf, env: &Env, storage: &Storage) -> Result {
        env.set_dir("/")?;
        std::fs::rename(elsewhere, storage.join("moved"))?;
        std::fs::rename(storage.join("moved"), elsewhere)?;
        Ok(())
    }

    #[isolated]
    fn env_complains(elsewhere: &PathBuf, env: &Env) -> Result {
        env.set("ISOLATE_TEST_SET", "1");
        env.set_dir("/")?;
        std::fs::remove_dir(elsewhere)?;
        Ok(())
    }

    #[isolated]
    fn env_is_as_before() -> Result {
        assert_eq!(std::env::current_dir()?, std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(std::env::var_os("ISOLATE_TEST_SET").is_none());
        Ok(())
    }

    #[isolated]
    fn env_can_not_go_nowhere(env: &Env) -> Result {
        Ok(env.set_dir("/nowhere")?)
    }

    #[isolated(timeout = "6s")]
    fn waits_in_vain() {
        wait_for("the server").until(|| Err::<(), _>("connection refused")); // VAIN
    }

    #[isolated]
    fn captures(capture: &Capture) -> Result {
        print!("rust, ");
        // SAFETY: a C string and a number.
        unsafe { libc::printf(c"c %d, ".as_ptr(), 7) };
        assert_eq!(capture.text(), "rust, c 7, ");
        assert!(Command::new("sh").args(["-c", "echo child; echo error >&2"]).status()?.success());
        eprintln!("rust error");
        thread::scope(|scope| scope.spawn(|| println!("thread")).join()).unwrap();
        let text = "rust, c 7, child\nerror\nrust error\nthread\n";
        assert_eq!(capture.text(), text);
        assert_eq!(capture.text(), text, "again");
        Ok(())
    }

    #[isolated]
    fn captures_one_stream(capture: &Capture) {
        println!("before");
        let out = capture.stdout_of(|| {
            eprintln!("error");
            println!("rust");
            let child = Command::new("sh").args(["-c", "echo child; echo error >&2"]).status();
            assert!(child.is_ok_and(|status| status.success()));
        });
        assert_eq!(out, "rust\nchild\n");
        let error = capture.stderr_of(|| {
            println!("rust");
            eprint!("rust error");
        });
        assert_eq!(error, "rust error");
        let panicked = std::panic::AssertUnwindSafe(|| capture.stdout_of(|| panic!("while it is captured")));
        assert!(std::panic::catch_unwind(panicked).is_err());
        println!("after");
        let text = capture.text();
        assert!(text.starts_with("before\n") && text.ends_with("after\n"), "{text}");
        for part in ["rust\n", "child\n", "rust error", "while it is captured"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[isolated]
    fn captures_nothing_of_others(capture: &Capture) {
        assert_eq!(capture.text(), "");
        println!("own");
        assert_eq!(capture.text(), "own\n");
    }

    #[isolated]
    fn captures_the_ends_of_a_flood(capture: &Capture) -> Result {
        assert!(Command::new("sh").args(["-c", "echo begin; yes | head -c 3000000; echo end"]).status()?.success());
        let text = capture.text();
        assert!(text.starts_with("begin\ny\ny\n") && text.ends_with("y\nend\n"));
        assert!(text.contains(" bytes of output left out]") && text.len() < 1 << 20);
        Ok(())
    }

    #[isolated]
    fn captures_and_fails(capture: &Capture) {
        println!("before the failure");
        assert_eq!(capture.text(), "something else\n");
    }

    #[isolated]
    fn captures_and_dies(capture: &Capture) {
        println!("before the death");
        assert_eq!(capture.text(), "before the death\n");
        std::process::abort();
    }

    #[isolated]
    fn passes_when_it_is_tried_again(test: &Test) {
        assert_eq!(test.attempt(), 2);
    }

    #[isolated]
    fn tells_its_seed(test: &Test) {
        println!("seed {} of {}", test.seed(), test.name());
        println!("timeout {:?}", test.timeout());
        assert!(test.dir().is_dir());
        panic!("so that it is shown");
    }
}
