//! The panic hook of a worker: what std prints, under the test's name, and a note for the check on threads that
//! panicked unseen.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::sys::{output, process};
use crate::{leaks, payload};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The hook that was there before isolate's: std's, as a rule.
static ORIGINAL: OnceLock<Hook> = OnceLock::new();

/// The main thread of a worker keeps the name that it had when it was forked; what happens on it goes by this one.
static MAIN_THREAD: Mutex<Option<&'static str>> = Mutex::new(None);

static LAST_PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Installs the hook anew, whatever an earlier test did to it.
pub fn install() {
    if ORIGINAL.get().is_none() {
        let _ = ORIGINAL.set(panic::take_hook());
    }
    panic::set_hook(Box::new(|info| {
        leaks::panic_hook(info);
        *LAST_PLACE.lock().unwrap_or_else(PoisonError::into_inner) = info.location().map(ToString::to_string);
        output::restore_closed();
        match main_thread_test() {
            Some(test) => print(info, test),
            None => ORIGINAL.get().expect("set above")(info),
        }
    }));
}

/// Where the last panic was.
pub fn last_place() -> Option<String> {
    LAST_PLACE.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Says for which test the main thread, which calls this, works from now on.
pub fn name_main_thread(test: &'static str) {
    *MAIN_THREAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(test);
}

fn main_thread_test() -> Option<&'static str> {
    let named = *MAIN_THREAD.lock().unwrap_or_else(PoisonError::into_inner);
    named.filter(|_| process::on_main_thread())
}

/// As std prints it.
fn print(info: &PanicHookInfo<'_>, test: &str) {
    let message = payload::text(info.payload()).unwrap_or("Box<dyn Any>");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let pid = std::process::id();
    let backtrace = Backtrace::capture();
    let trace = match backtrace.status() {
        BacktraceStatus::Captured => format!("stack backtrace:\n{}", short(&backtrace.to_string())),
        _ => "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n".to_owned(),
    };
    let _ = write!(
        io::stderr(),
        "\nthread '{test}' ({pid}) panicked at {place}:\n{message}\n{trace}"
    );
}

/// The frames from the panic to the test's own function, by the marks that std goes by.
fn short(backtrace: &str) -> &str {
    let line_of = |mark: &str| {
        backtrace
            .find(mark)
            .map(|at| backtrace[..at].rfind('\n').map_or(0, |line| line + 1))
    };
    let from = line_of("rust_begin_unwind").unwrap_or(0);
    let to = line_of("__rust_begin_short_backtrace").unwrap_or(backtrace.len());
    backtrace.get(from..to).unwrap_or(backtrace)
}
