//! Every way to leave a thread behind, all at once, and what the check says of each.
//!
//! One test in the whole binary: the check looks at all threads of the process.

#![cfg(feature = "runtime")]

use std::ffi::c_void;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::ptr::{null, null_mut};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread::{self, Builder};
use std::time::Duration;

use isolate_runtime::leaks::{self, Leak, Leaks, Policy, Scope};

/// A planted leak: the name its thread must have, and the line that must be first among its start frames.
struct Planted {
    kind: &'static str,
    thread: Option<&'static str>,
    line: u32,
}

#[derive(Default)]
struct Garden {
    planted: Vec<Planted>,
}

impl Garden {
    fn planted(&mut self, kind: &'static str, thread: Option<&'static str>, line: u32) {
        self.planted.push(Planted { kind, thread, line });
    }
}

#[test]
fn each_planted_leak_is_found_with_its_start() {
    let mut garden = Garden::default();
    let before = leaks::snapshot();
    assert!(leaks::check(&before, Scope::Process, Policy::Fail).is_none());
    plant(&mut garden);

    for scope in [Scope::Process, Scope::StartedHere] {
        let leaks = leaks::check(&before, scope, Policy::Fail).expect("the planted leaks");
        println!("{leaks}");
        leaks.leaks.iter().for_each(|leak| print!("{leak}"));
        verify(&garden, &leaks, scope);
    }
    assert!(leaks::check(&before, Scope::Process, Policy::Off).is_none());
    // What a later test finds of the leaks of an earlier one: nothing.
    let later = leaks::snapshot();
    for scope in [Scope::Process, Scope::StartedHere] {
        assert!(leaks::check(&later, scope, Policy::Fail).is_none());
    }
}

fn verify(garden: &Garden, leaks: &Leaks, scope: Scope) {
    assert!(leaks.leaks.iter().all(|leak| !leak.starts.is_empty()), "{leaks:#?}");
    // Each kind is one thread, but for the pools.
    assert!(leaks.leaks.len() >= garden.planted.len(), "{leaks:#?}");
    if !HAVE_LINES {
        return;
    }
    for planted in &garden.planted {
        let at = |leak: &&Leak| {
            leak.starts
                .first()
                .and_then(|frames| frames.first())
                .is_some_and(|frame| frame.file.as_deref() == Some(file!()) && frame.line == Some(planted.line))
        };
        let found: Vec<_> = leaks.leaks.iter().filter(at).collect();
        assert!(
            !found.is_empty(),
            "{} ({scope:?}): no leak started at line {}: {leaks:#?}",
            planted.kind,
            planted.line
        );
        for leak in found {
            if planted.kind != "duckdb" {
                assert_eq!(leak.name.as_deref(), planted.thread, "{}: {leak:#?}", planted.kind);
            }
            let told = leak.starts.last().and_then(|frames| frames.last()).expect("frames");
            let test = "each_planted_leak_is_found_with_its_start";
            assert!(
                told.function.ends_with(test),
                "{}: the story ends in the test: {leak:#?}",
                planted.kind
            );
        }
    }
    let lines: Vec<_> = garden.planted.iter().map(|planted| Some(planted.line)).collect();
    for leak in &leaks.leaks {
        let line = leak
            .starts
            .first()
            .and_then(|frames| frames.first())
            .and_then(|frame| frame.line);
        assert!(lines.contains(&line), "{scope:?}: not planted: {leak:#?}");
    }
}

/// Release builds have no line tables unless asked; then only the number of leaks is looked at.
const HAVE_LINES: bool = cfg!(debug_assertions) || option_env!("CARGO_PROFILE_RELEASE_DEBUG").is_some();

fn plant(garden: &mut Garden) {
    waiting(garden);
    blocked(garden);
    related(garden);
    pools(garden);
    #[cfg(feature = "db")]
    duckdb(garden);
}

fn waiting(garden: &mut Garden) {
    thread::spawn(forever);
    garden.planted("unnamed, sleeping", None, line!() - 1);

    drop(named("poller").spawn(forever));
    garden.planted("named", Some("poller"), line!() - 1);

    drop(named("a-name-that-is-too-long").spawn(forever));
    garden.planted("long name", Some("a-name-that-is-"), line!() - 1);

    thread::spawn(spin);
    garden.planted("spinning", None, line!() - 1);

    thread::spawn(parked);
    garden.planted("parked", None, line!() - 1);

    drop(thread::Builder::new().stack_size(16 << 10).spawn(forever));
    garden.planted("small stack, detached", None, line!() - 1);
}

fn blocked(garden: &mut Garden) {
    let (sender, receiver) = mpsc::channel::<()>();
    std::mem::forget(sender);
    thread::spawn(move || receiver.recv());
    garden.planted("channel", None, line!() - 1);

    let lock = Arc::new(Mutex::new(()));
    std::mem::forget(Arc::clone(&lock).lock());
    thread::spawn(move || drop(lock.lock()));
    garden.planted("mutex", None, line!() - 1);

    thread::spawn(|| {
        let (lock, condition) = (Mutex::new(()), Condvar::new());
        drop(condition.wait_while(lock.lock().unwrap(), |()| true));
    });
    garden.planted("condvar", None, line!() - 4);

    let barrier = Arc::new(Barrier::new(2));
    thread::spawn(move || barrier.wait());
    garden.planted("barrier", None, line!() - 1);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    std::mem::forget(listener.accept());
    thread::spawn(move || client.read(&mut [0]));
    garden.planted("socket, reading", None, line!() - 1);

    thread::spawn(move || listener.accept());
    garden.planted("socket, accepting", None, line!() - 1);
}

fn related(garden: &mut Garden) {
    // A thread that leaks another, and itself.
    drop(named("outer").spawn(nest));
    garden.planted("outer", Some("outer"), line!() - 1);
    garden.planted("inner", Some("inner"), NEST);

    // A thread that leaks another, and ends.
    let starter = thread::spawn(|| drop(thread::spawn(forever)));
    garden.planted("started by a thread that ended", None, line!() - 1);
    starter.join().unwrap();

    // A thread of a scope that leaks another.
    thread::scope(|scope| {
        // Not the same as the one above, or an optimised build makes them one function.
        scope.spawn(|| drop(named("scope's").spawn(forever)));
        garden.planted("started in a scope", Some("scope's"), line!() - 1);
    });

    fixture();
    garden.planted("in a fixture", Some("fixture"), FIXTURE);

    raw();
    garden.planted("pthread_create", None, RAW);

    let signals_blocked = thread::spawn(|| {
        // SAFETY: a signal set of this frame.
        unsafe {
            let mut all = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, null_mut());
        }
        forever();
    });
    garden.planted("all signals blocked", None, line!() - 9);
    std::mem::forget(signals_blocked);
}

const NEST: u32 = line!() + 2;
fn nest() {
    drop(named("inner").spawn(forever));
    forever();
}

const FIXTURE: u32 = line!() + 2;
fn fixture() {
    drop(named("fixture").spawn(forever));
}

const RAW: u32 = line!() + 5;
fn raw() {
    let mut thread = 0;
    // SAFETY: the routine never returns and needs no argument.
    unsafe {
        libc::pthread_create(&raw mut thread, null(), routine, null_mut());
    }
}

extern "C" fn routine(_: *mut c_void) -> *mut c_void {
    forever();
    null_mut()
}

fn pools(garden: &mut Garden) {
    let pool = Pool::new();
    garden.planted("thread pool", Some("pool"), POOL);
    std::mem::forget(pool);

    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(2).build();
    garden.planted("rayon pool", None, line!() - 1);
    std::mem::forget(pool);

    assert_eq!(rayon_core::join(|| 1, || 2), (1, 2));
    garden.planted("rayon global pool", None, line!() - 1);
}

struct Pool {
    _jobs: mpsc::Sender<()>,
}

const POOL: u32 = line!() + 7;
impl Pool {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..3 {
            let jobs: Arc<Mutex<Receiver<()>>> = Arc::clone(&receiver);
            drop(named("pool").spawn(move || while jobs.lock().unwrap().recv().is_ok() {}));
        }
        Self { _jobs: sender }
    }
}

#[cfg(feature = "db")]
fn duckdb(garden: &mut Garden) {
    let config = duckdb::Config::default().threads(4).unwrap();
    let database = duckdb::Connection::open_in_memory_with_flags(config).unwrap();
    garden.planted("duckdb", None, line!() - 1);
    std::mem::forget(database);
}

fn named(name: &str) -> Builder {
    Builder::new().name(name.to_owned())
}

fn spin() {
    loop {
        std::hint::spin_loop();
    }
}

fn parked() {
    loop {
        thread::park();
    }
}

fn forever() {
    loop {
        // Asleep is the state that the report has to tell.
        thread::sleep(Duration::from_hours(1));
    }
}
