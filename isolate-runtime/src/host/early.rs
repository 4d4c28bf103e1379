//! The zygote's usual start: a fork of this process at the last moment when that has a single thread, which is before
//! libtest starts the first of its own.
//!
//! The static initialisers have run, `main` has begun, and no test has, so the fork is what this binary started again
//! would be, without the time that loading it takes. Where there is a thread already, or nobody starts one through
//! [`interpose`], the binary is started again.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::selection::{self, Selection};
use super::zygote::Zygote;
use crate::config::{self, Config, Mode};
use crate::sys::{interpose, process, thread as threads};

/// Until the first test takes it.
static ZYGOTE: Mutex<Option<Zygote>> = Mutex::new(None);

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    interpose::before_threads(prepare);
}

/// The zygote that was forked early, once.
pub fn take() -> Option<Zygote> {
    ZYGOTE.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Forks the zygote if there will be something to do for it. `false` if it is too early to say.
fn prepare() -> bool {
    // Static initialisers may start threads too.
    if thread::current().name() != Some("main") {
        return false;
    }
    let forks = |config: &&Config| config.mode == Mode::Workers && !cfg!(panic = "abort") && !config::is_zygote();
    let Some(config) = Config::get().ok().filter(forks) else {
        return true;
    };
    let selection = Selection::of_process();
    if let Some(first) = selection::tests(selection.as_ref(), config).next()
        && process::on_main_thread()
        && threads::is_alone() == Some(true)
    {
        // Without it, the first test starts the binary again.
        *ZYGOTE.lock().unwrap_or_else(PoisonError::into_inner) = Zygote::fork_early(first).ok();
    }
    true
}
