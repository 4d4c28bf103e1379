//! The built-in fixtures, as tests see them that pass. How their failures read: `end_to_end`.
#![cfg(feature = "runtime")]

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::fs;
use std::panic;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use isolate::prelude::*;
use isolate::{Cleanup, Stop, wait_until_for};

#[isolated]
fn tracked_values_are_cleaned_up_newest_first(tracker: &Tracker) {
    let log = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&log);
    tracker.track("the others, which come before this", move || {
        assert_eq!(*seen.borrow(), ["second", "first"]);
    });
    for name in ["first", "second"] {
        let log = Rc::clone(&log);
        tracker.track(name, move || log.borrow_mut().push(name));
    }
    assert_eq!(*log.borrow(), [""; 0]);
}

#[isolated]
fn tracked_values_are_lent_until_the_end(tracker: &Tracker, storage: &Storage) -> Result {
    let file = storage.join("file");
    fs::write(&file, "")?;
    let file: &PathBuf = tracker.track("file", file);
    let directory = tracker.track("directory", storage.join("directory"));
    fs::create_dir_all(directory.join("deep"))?;
    tracker.track("nothing", storage.join("nothing"));
    let value = tracker.track_with("value", Cell::new(1), |value| match value.get() {
        2 => Ok(()),
        other => Err(format!("it is {other}")),
    });
    value.set(2);
    let child = Command::new("sleep").arg("1000").spawn()?;
    assert_ne!(tracker.track("child", child).id(), 0);
    let ended = tracker.track_with("ended child", Command::new("true").spawn()?, Cleanup::clean_up);
    assert_ne!(ended.id(), 0);
    tracker.track("thread", thread::spawn(|| 5));
    assert!(file.is_file());
    Ok(())
}

static GREETING: Swappable<fn(&str) -> String> = Swappable::new(|name| format!("Hello {name}"));
static LIMIT: Swappable<usize> = Swappable::new(10);

#[isolated(group = "swappable")]
mod swapped {
    use super::*;

    #[test]
    fn a_replaces(mocks: &Mocks) {
        is_original();
        mocks.replace(&GREETING, |name| format!("Bye {name}"));
        mocks.replace(&LIMIT, 1);
        assert_eq!(*mocks.replace(&LIMIT, 2), 2);
        assert_eq!((GREETING("you"), *LIMIT), ("Bye you".to_owned(), 2));
        let elsewhere = thread::spawn(|| *LIMIT);
        assert_eq!(elsewhere.join().unwrap(), 2);
    }

    #[test]
    #[should_panic(expected = "as planned")]
    fn b_replaces_and_panics(mocks: &Mocks) {
        is_original();
        mocks.replace(&LIMIT, 3);
        panic!("as planned");
    }

    #[test]
    fn c_is_as_before() {
        is_original();
    }

    fn is_original() {
        assert_eq!((GREETING.get()("you"), *LIMIT.get()), ("Hello you".to_owned(), 10));
    }
}

#[isolated]
fn mocks_are_verified_then_reset(mocks: &Mocks) {
    let state = Rc::new(Cell::new("new"));
    let mock = mocks.register(
        "state",
        Rc::clone(&state),
        |state| assert_eq!(state.replace("reset"), "verified"),
        |state| assert_eq!(state.replace("verified"), "used"),
    );
    mocks.checkpoint("calls", AtomicUsize::new(0), |calls| {
        if calls.load(Ordering::Relaxed) == 0 {
            Ok(())
        } else {
            Err("called")
        }
    });
    mock.set("used");
}

#[isolated(group = "env")]
mod environment {
    use super::*;

    #[test]
    fn a_changes_everything(env: &Env, storage: &Storage) -> Result {
        is_original();
        env.set("ISOLATE_TEST_SET", "1");
        env.set("ISOLATE_TEST_SET", "2");
        env.set("PATH", std::env::var("PATH")? + ":/nowhere");
        env.remove("HOME");
        env.remove("ISOLATE_TEST_NEVER_SET");
        assert_eq!(std::env::var("ISOLATE_TEST_SET")?, "2");
        assert!(std::env::var_os("HOME").is_none());
        assert_eq!(getenv(c"ISOLATE_TEST_SET").as_deref(), Some("2"));
        assert_eq!(getenv(c"HOME"), None);

        env.set_dir(storage)?;
        assert_eq!(std::env::current_dir()?, storage.path());
        env.set_umask(0o077);
        env.set_umask(0o027);
        fs::write("file", "")?;
        assert_eq!(mode("file"), 0o640);

        let child = Command::new("sh")
            .args(["-c", "echo $ISOLATE_TEST_SET-$HOME; pwd; umask"])
            .output()?;
        let expected = format!("2-\n{}\n0027\n", storage.path().display());
        assert_eq!(String::from_utf8(child.stdout)?, expected);
        Ok(())
    }

    #[test]
    fn b_is_as_before(storage: &Storage) {
        is_original();
        fs::write(storage.join("file"), "").unwrap();
        assert_eq!(mode(storage.join("file")), 0o644);
    }

    #[test]
    fn c_changes_behind_the_fixtures_back(env: &Env, storage: &Storage) -> Result {
        let _ = env;
        // SAFETY: no other thread runs that would read it.
        unsafe { std::env::set_var("ISOLATE_TEST_SET", "3") };
        std::env::set_current_dir(storage)?;
        Ok(())
    }

    #[test]
    fn d_is_as_before() {
        is_original();
    }

    #[test]
    #[should_panic(expected = "can't be the name of a variable")]
    fn names_are_checked(env: &Env) {
        env.set("A=B", "C");
    }

    fn is_original() {
        assert!(std::env::var_os("ISOLATE_TEST_SET").is_none());
        assert!(std::env::var_os("HOME").is_some());
        assert!(!std::env::var("PATH").unwrap().ends_with(":/nowhere"));
        assert_eq!(
            std::env::current_dir().unwrap(),
            PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        );
    }

    fn mode(path: impl AsRef<std::path::Path>) -> u32 {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).unwrap().mode() & 0o777
    }
}

/// What C reads. It is the very thing that a concurrent `setenv` may pull away.
fn getenv(name: &CStr) -> Option<String> {
    // SAFETY: nobody frees texts of the environment: the fixture doesn't, and nobody else changes it.
    let value = unsafe { libc::getenv(name.as_ptr()).as_ref().map(|text| CStr::from_ptr(text)) };
    value.map(|text| text.to_str().expect("it is text").to_owned())
}

#[isolated]
fn variables_can_change_while_c_reads_them(env: &Env, threads: &Threads) {
    const ROUNDS: usize = 300;
    let read = Arc::new(AtomicUsize::new(0));
    let stop = threads.stop();
    for reader in ["a", "b", "c"] {
        let (stop, read) = (stop.clone(), Arc::clone(&read));
        threads.spawn(reader, move || {
            while !stop.is_requested() {
                let value = getenv(c"ISOLATE_TEST_RACE").unwrap_or_default();
                assert!(value.bytes().all(|byte| byte == b'x'), "torn: {value:?}");
                assert!(getenv(c"PATH").is_some(), "PATH was never away");
                read.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    for round in 0..ROUNDS {
        env.set("ISOLATE_TEST_RACE", "x".repeat(round % 50));
        env.set(format!("ISOLATE_TEST_RACE_{round}"), "");
    }
    wait_until(|| read.load(Ordering::Relaxed) > 0);
}

#[isolated]
fn threads_are_stopped_and_joined(threads: &Threads) {
    let turns = Arc::new(AtomicUsize::new(0));
    let (stop, counter) = (threads.stop(), Arc::clone(&turns));
    let poller = threads.spawn("poller", move || {
        while !stop.wait(Duration::from_micros(50)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        assert!(stop.is_requested());
    });
    let flag = threads.stop().flag();
    threads.spawn("by flag", move || {
        while !flag.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    });
    assert_eq!(
        threads
            .spawn("sum", || thread::current().name().map(str::to_owned))
            .join()
            .as_deref(),
        Some("sum")
    );
    wait_until(|| turns.load(Ordering::Relaxed) > 2);
    assert!(!poller.is_finished());
}

#[isolated]
fn threads_that_wait_to_stop_wake_at_once(threads: &Threads) {
    let stop = Stop::default();
    let waiting = stop.clone();
    let waiter = threads.spawn("waiter", move || waiting.wait(Duration::MAX));
    stop.request();
    assert!(waiter.join());
    assert!(!threads.stop().is_requested(), "that was another one");
}

#[isolated]
#[should_panic(expected = "panicked: in the thread")]
fn joining_a_thread_that_panicked_panics(threads: &Threads) {
    threads.spawn("broken", || panic!("in the thread")).join();
}

#[isolated]
fn waits_return_what_they_found() {
    let (sender, receiver) = mpsc::channel();
    let producer = thread::spawn(move || (1..=3).for_each(|n| sender.send(n).unwrap()));
    wait_until(|| receiver.try_recv().is_ok_and(|n| n == 2));
    let three = wait_until(|| receiver.try_recv());
    assert_eq!(three, 3);
    assert_eq!(wait_for("something").until(|| Some("there")), "there");
    producer.join().unwrap();
}

#[isolated]
fn waits_in_vain_say_for_what_and_what_was_seen() {
    let text = panic_of(|| {
        let wait = wait_for("the port").at_most(Duration::from_millis(3));
        wait.until(|| "x".parse::<u16>())
    });
    let place = format!("(at tests/builtin.rs:{}:14)", line!() - 2);
    let expected =
        format!("waited 3ms in vain for the port {place}\n  last seen: ParseIntError {{ kind: InvalidDigit }}");
    assert_eq!(text, expected);
    let text = panic_of(|| wait_until_for(Duration::ZERO, || false));
    assert!(
        text.starts_with("waited 0ns in vain for the condition (at tests/builtin.rs:"),
        "{text}"
    );
}

#[isolated(timeout = "5s")]
fn waits_in_vain_end_before_the_test_does() {
    if isolate::worker().slot().is_none() {
        return; // inline, where nothing ends the test
    }
    // A backtrace takes a good part of the second that is left.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let text = panic_of(|| wait_until(|| None::<u8>));
    panic::set_hook(hook);
    assert!(text.starts_with("waited "), "{text}");
}

fn panic_of<T: std::fmt::Debug>(f: impl FnOnce() -> T + std::panic::UnwindSafe) -> String {
    *std::panic::catch_unwind(f).unwrap_err().downcast().expect("a text")
}

static READY: AtomicBool = AtomicBool::new(false);

#[test]
fn plain_tests_can_wait_too() {
    let setter = thread::spawn(|| READY.store(true, Ordering::Release));
    wait_until(|| READY.load(Ordering::Acquire));
    setter.join().unwrap();
}

#[isolated(group = "test", tags("slow", "self"), timeout = "20s")]
fn test_knows_itself(test: &Test, storage: &Storage) {
    assert_eq!(test.name(), "test_knows_itself");
    assert_eq!(test.path(), "builtin::test_knows_itself");
    assert_eq!((test.file(), test.line()), (file!(), line!() - 3));
    assert_eq!((test.group(), test.attempt()), (Some("test"), 1));
    assert_eq!(test.tags(), ["slow", "self"]);
    assert_eq!(test.timeout(), Duration::from_secs(20));
    assert_eq!(storage.parent(), Some(test.dir()));
    thread::scope(|scope| scope.spawn(|| assert!(test.dir().is_dir())).join()).unwrap();
    assert_ne!(test.seed(), 0);
}

#[cfg(feature = "tokio")]
mod time {
    use tokio::time::{Instant, interval, sleep, timeout};

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[isolated]
    async fn stands_until_it_is_advanced(clock: &Clock) {
        let start = Instant::now();
        let_real_time_pass();
        assert_eq!(start.elapsed(), Duration::ZERO);
        clock.advance(HOUR).await;
        assert_eq!((start.elapsed(), clock.elapsed()), (HOUR, HOUR));
    }

    #[isolated]
    async fn rings_on_the_dot(clock: &Clock) {
        for _ in 0..2 {
            let sleeper = tokio::spawn(sleep(HOUR));
            tokio::task::yield_now().await;
            clock.advance(HOUR).await;
            tokio::task::yield_now().await;
            assert!(sleeper.is_finished());
            clock.resume();
            clock.pause();
        }
    }

    #[isolated]
    async fn jumps_where_everybody_waits(clock: &Clock) {
        let before = std::time::Instant::now();
        let mut ticks = interval(HOUR);
        for _ in 0..25 {
            ticks.tick().await;
        }
        sleep(HOUR).await;
        assert!(timeout(HOUR, std::future::pending::<()>()).await.is_err());
        assert_eq!(clock.elapsed().as_secs() / 3600, 26);
        assert!(before.elapsed() < HOUR);
    }

    #[isolated]
    async fn goes_on_and_stops_again(clock: &Clock) {
        clock.resume();
        clock.resume();
        let start = Instant::now();
        wait_until_async(async || start.elapsed() > Duration::ZERO).await;
        clock.pause();
        clock.pause();
        let stopped = clock.elapsed();
        let_real_time_pass();
        assert_eq!(clock.elapsed(), stopped);
    }

    fn let_real_time_pass() {
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(1) {}
    }

    #[fixture]
    async fn server(clock: &Clock) -> Instant {
        clock.advance(HOUR).await;
        Instant::now()
    }

    #[isolated]
    async fn stands_in_fixtures_too(server: &Instant, clock: &Clock) {
        clock.advance(HOUR).await;
        assert_eq!(server.elapsed(), HOUR);
        assert_eq!(clock.elapsed(), 2 * HOUR);
    }

    /// Without one's own runtime, as code that isn't async has it.
    #[isolated]
    fn can_be_asked_for_anywhere(clock: &Clock) {
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }

    #[isolated]
    async fn conditions_are_awaited() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let producer = tokio::spawn(async move {
            for n in 1..=3 {
                sender.send(n).await.unwrap();
            }
        });
        wait_until_async(async || receiver.recv().await.is_some_and(|n| n == 2)).await;
        assert_eq!(wait_until_async(async || receiver.try_recv()).await, 3);
        producer.await.unwrap();
    }

    #[isolated]
    async fn conditions_are_awaited_while_time_stands(clock: &Clock) {
        let ready = Arc::new(AtomicBool::new(false));
        let setter = thread::spawn({
            let ready = Arc::clone(&ready);
            move || ready.store(true, Ordering::Release)
        });
        wait_for("the setter")
            .until_async(async || ready.load(Ordering::Acquire))
            .await;
        setter.join().unwrap();
        assert!(clock.elapsed() < HOUR);
    }

    #[isolated]
    #[should_panic(expected = "waited 2ms in vain for the moon (at tests/builtin.rs:")]
    async fn waits_in_vain_say_so() {
        wait_for("the moon")
            .at_most(Duration::from_millis(2))
            .until_async(async || false)
            .await;
    }
}
