//! What the environment and libtest's arguments say about this process.

use std::env;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::time::Duration;

use crate::directory::Keep;
use crate::sys::process::Pid;
use crate::tags::TagFilter;

/// Time a test may take when neither it nor `ISOLATE_TIMEOUT` says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// Names the socket of the zygote and the process that it serves: `<descriptor>:<pid>`.
pub const ZYGOTE_VARIABLE: &str = "ISOLATE_ZYGOTE";

/// How isolated tests run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In workers forked from a zygote, which is this process before it ran any test.
    Workers,
    /// In a worker forked from this process, which nextest has started for this test alone.
    Nextest {
        /// `NEXTEST_TEST_GLOBAL_SLOT`.
        slot: u32,
    },
    /// Right here, for a debugger.
    Inline,
}

/// The settings of this process.
#[derive(Debug)]
pub struct Config {
    pub mode: Mode,
    /// Whether tests write straight to this process's stdout and stderr.
    pub nocapture: bool,
    /// For tests that don't have their own.
    pub timeout: Duration,
    /// Whether tests that don't say it have a process of their own.
    pub process: bool,
    /// Which tests run; all of them without one.
    pub tags: Option<TagFilter>,
    /// How often nextest has started the test by now.
    pub attempt: u32,
}

impl Config {
    /// The settings, read once; `Err` names the setting that can't be understood.
    pub fn get() -> Result<&'static Self, String> {
        static CONFIG: OnceLock<Result<Config, String>> = OnceLock::new();
        CONFIG.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, String> {
        Keep::from_env().map_err(|error| error.to_string())?;
        let nextest = env::var("NEXTEST_EXECUTION_MODE").is_ok_and(|mode| mode == "process-per-test");
        let mode = match env::var("ISOLATE").as_deref() {
            Ok("inline") => Mode::Inline,
            Ok("") | Err(env::VarError::NotPresent) if nextest => Mode::Nextest {
                slot: env::var("NEXTEST_TEST_GLOBAL_SLOT")
                    .ok()
                    .and_then(|slot| slot.parse().ok())
                    .unwrap_or(0),
            },
            Ok("" | "workers") | Err(env::VarError::NotPresent) => Mode::Workers,
            other => {
                let value = other.unwrap_or("not UTF-8");
                return Err(format!(
                    "ISOLATE={value:?} is not known\n  it can be `workers` (the default) or `inline` (tests run in this \
                     process, one at a time, for a debugger)"
                ));
            }
        };
        let timeout = match env::var("ISOLATE_TIMEOUT") {
            Ok(text) => duration(&text).ok_or_else(|| {
                format!("ISOLATE_TIMEOUT={text:?} is not a duration\n  write it as `30s`, `500ms`, `2m` or `1m30s`")
            })?,
            Err(_) => DEFAULT_TIMEOUT,
        };
        let process = match env::var("ISOLATE_PROCESS").as_deref() {
            Ok("1") => true,
            Ok("" | "0") | Err(env::VarError::NotPresent) => false,
            other => {
                let value = other.unwrap_or("not UTF-8");
                return Err(format!(
                    "ISOLATE_PROCESS={value:?} is not known\n  it can be `1` (each test has a process of its own, unless it \
                     says `process = false`) or `0` (the default)"
                ));
            }
        };
        let tags = match env::var("ISOLATE_TAGS") {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => Some(TagFilter::new(text)?),
            Err(env::VarError::NotPresent) => None,
            Err(env::VarError::NotUnicode(_)) => return Err("ISOLATE_TAGS is not UTF-8".to_owned()),
        };
        Ok(Self {
            mode,
            nocapture: nocapture(),
            timeout,
            process,
            tags,
            attempt: env::var("NEXTEST_ATTEMPT")
                .ok()
                .filter(|_| nextest)
                .and_then(|attempt| attempt.parse().ok())
                .unwrap_or(1),
        })
    }
}

/// Whether this process was started to be the zygote.
pub fn is_zygote() -> bool {
    env::var_os(ZYGOTE_VARIABLE).is_some()
}

/// If this process was started to be the zygote: its socket, and the host.
pub fn zygote() -> Option<(OwnedFd, Pid)> {
    let value = env::var(ZYGOTE_VARIABLE).ok()?;
    let (fd, host) = value.split_once(':')?;
    let (fd, host) = (fd.parse::<RawFd>().ok()?, host.parse().ok()?);
    // SAFETY: libtest runs this one test and its other thread sleeps, so nobody reads the environment meanwhile.
    unsafe { env::remove_var(ZYGOTE_VARIABLE) };
    // SAFETY: the host left this descriptor open for us, and nobody else knows of it.
    Some((unsafe { OwnedFd::from_raw_fd(fd) }, host))
}

/// As libtest decides it: the argument, or else the variable.
fn nocapture() -> bool {
    for argument in env::args_os().skip(1) {
        if argument == "--nocapture" || argument == "--no-capture" {
            return true;
        }
        if argument == "--" {
            break;
        }
    }
    env::var_os("RUST_TEST_NOCAPTURE").is_some_and(|value| value != "0")
}

/// `1m30s`, `500ms`, …: whole numbers with units, added up.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()));
        let number: u64 = number.parse().ok()?;
        total += match unit.trim() {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number.checked_mul(60)?),
            "h" => Duration::from_secs(number.checked_mul(3600)?),
            _ => return None,
        };
        rest = tail;
    }
    (!total.is_zero()).then_some(total)
}
