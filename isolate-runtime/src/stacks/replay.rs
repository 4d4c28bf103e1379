//! Asks std for names and lines: it has a reader of debug information for the backtraces of panics, but takes no address.
//! So this program is started once more, as a [`Replayer`](super::replayer) that captures a backtrace as though it had been
//! called from each address in turn: one that all processes of a run [share](super::shared), or one for this question alone.
//! Whatever goes wrong there costs names and not this process; and what goes wrong here, a lock of std that a running thread
//! holds included, doesn't reach it.

use std::fs::File;
use std::io::{self, PipeReader, Read, Seek, Write, pipe};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::replayer::{self, BELOW, END};
use crate::sys::{descriptor, load, poll};
use crate::{worker, zygote};

/// A call as std describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Demangled unless it is C++.
    pub function: String,
    /// An absolute path.
    pub file: Option<String>,
    pub line: Option<u32>,
}

/// Where a call is: in a file that is mapped, by offset.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub path: &'a Path,
    pub offset: u64,
    /// Which one, of several that are asked about.
    pub stack: usize,
}

/// How long the program may take to start and std to read its debug information, and how long each address then. Nothing
/// in there waits for anything, so this is only for a machine that has next to no time.
const SILENCE: Duration = Duration::from_secs(10);

/// Replayers that may die of what they are asked before what is left goes without names.
const TRIES: usize = 3;

/// The calls at each place, inlined ones first; none where std knows nothing, and `None` where
/// [nobody looks](super::select::is_last).
pub(super) fn calls(places: &[Place]) -> Vec<Option<Vec<Call>>> {
    let mut calls = Vec::with_capacity(places.len());
    for nth in 0..TRIES {
        let rest = &places[calls.len()..];
        if rest.is_empty() {
            break;
        }
        // A library's constructors may be what it died of.
        let Ok(Heard { answers, silent, .. }) = ask(rest, nth == 0) else {
            break;
        };
        if let Some((nowhere, answers)) = answers.split_first() {
            // What lies between std and the address is the same for all.
            let same = parse(nowhere).len();
            for answer in answers {
                calls.push((answer != BELOW).then(|| {
                    let mut answer = parse(answer);
                    answer.split_off(same.min(answer.len()))
                }));
            }
            if calls.len() < places.len() {
                // The one that it couldn't get over.
                calls.push(Some(Vec::new()));
            }
        }
        if silent {
            break;
        }
    }
    while calls.len() < places.len() {
        calls.push(Some(Vec::new()));
    }
    calls
}

/// What std says about no address and then about each; less when it doesn't get to the end.
fn ask(places: &[Place], is_first: bool) -> io::Result<Heard> {
    let mut questions = questions(places, is_first)?;
    // Among files of its own may be libraries that only this process sees.
    if is_first && !worker::has_own_files() {
        let (reader, writer) = pipe()?;
        let asked = zygote::ask_replayer(questions.as_fd(), writer.as_fd());
        drop(writer);
        if asked.is_ok() {
            let heard = listen(reader, places.len() + 1);
            if heard.begun || heard.silent {
                return Ok(heard);
            }
            questions.rewind()?;
        }
    }
    let (mut replayer, reader) = start(replayer(""), questions)?;
    let heard = listen(reader, places.len() + 1);
    let _ = replayer.kill();
    let _ = replayer.wait();
    Ok(heard)
}

/// A file of the questions about these places. Libraries that aren't there are loaded if `load`.
pub(super) fn questions(places: &[Place], load: bool) -> io::Result<File> {
    let mut questions = vec![u8::from(load)];
    for place in places {
        questions.extend(place.stack.to_ne_bytes());
        questions.extend(place.offset.to_ne_bytes());
        questions.extend(place.path.as_os_str().as_bytes());
        questions.push(END);
    }
    let mut file = File::from(descriptor::memory()?);
    file.write_all(&questions)?;
    file.rewind()?;
    Ok(file)
}

/// This program as it was started, apart from its streams.
pub(super) fn replayer(kind: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.env_clear().envs(load::environment());
    command.env(replayer::VARIABLE, format!("{}{kind}", std::process::id()));
    if let Some(directory) = load::directory().filter(|directory| directory.is_dir()) {
        // The system may look for libraries relative to it.
        command.current_dir(directory);
    }
    command
}

fn start(mut replayer: Command, questions: impl Into<Stdio>) -> io::Result<(Child, PipeReader)> {
    let (reader, writer) = pipe()?;
    let streams = replayer.stdin(questions).stdout(writer).stderr(Stdio::null());
    Ok((streams.spawn()?, reader))
}

/// What a replayer has said.
pub(super) struct Heard {
    /// Whether it was there at all.
    pub begun: bool,
    pub answers: Vec<String>,
    /// Whether the wait for the next answer was in vain.
    pub silent: bool,
}

/// As many answers as are wanted, or as come.
pub(super) fn listen(mut reader: PipeReader, wanted: usize) -> Heard {
    let mut heard = Heard {
        begun: false,
        answers: Vec::new(),
        silent: false,
    };
    let mut said = Vec::new();
    let mut deadline = Instant::now() + SILENCE;
    let mut buffer = vec![0; 1 << 16];
    while heard.answers.len() < wanted {
        if !matches!(poll::readable([Some(reader.as_fd())], Some(deadline)), Ok([true])) {
            heard.silent = true;
            break;
        }
        match reader.read(&mut buffer) {
            Ok(len) if len > 0 => said.extend_from_slice(&buffer[..len]),
            _ => break,
        }
        while let Some(end) = said.iter().position(|&byte| byte == END) {
            // What comes before the first end is what others print when the program is loaded.
            if heard.begun {
                heard.answers.push(String::from_utf8_lossy(&said[..end]).into_owned());
            }
            heard.begun = true;
            said.drain(..=end);
            deadline = Instant::now() + SILENCE;
        }
    }
    heard
}

/// Reads the text that std's documentation and source keep as it is: `Backtrace [{ fn: "f", file: "/f.rs", line: 1 }, …]`.
pub(super) fn parse(backtrace: &str) -> Vec<Call> {
    let text = backtrace.split_once('[').map_or("", |(_, calls)| calls);
    let mut calls = Vec::new();
    for call in text.split("{ fn: ").skip(1) {
        let call = call.trim_end_matches([',', ' ', ']']).trim_end_matches('}').trim_end();
        let (call, line) = match call.rsplit_once(", line: ") {
            Some((call, line)) => (call, line.parse().ok()),
            None => (call, None),
        };
        let (function, file) = match call.rsplit_once(", file: ") {
            Some((function, file)) => (function, Some(file.trim_matches('"').to_owned())),
            None => (call, None),
        };
        let function = if function == "<unknown>" {
            ""
        } else {
            function.trim_matches('"')
        };
        calls.push(Call {
            function: function.to_owned(),
            file,
            line,
        });
    }
    calls
}

#[cfg(test)]
mod tests {
    use std::backtrace::Backtrace;
    use std::os::fd::{AsRawFd, BorrowedFd};
    use std::os::unix::process::CommandExt;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::module::Image;
    use super::*;

    fn call(function: &str, file: Option<&str>, line: Option<u32>) -> Call {
        Call {
            function: function.to_owned(),
            file: file.map(str::to_owned),
            line,
        }
    }

    #[test]
    fn what_std_prints_is_read() {
        let text = r#"Backtrace [{ fn: "a::{{closure}}", file: "/a b/c.rs", line: 7 }, { fn: <unknown> }, { fn: "<a::B as c::D>::e" }]"#;
        assert_eq!(
            parse(text),
            [
                call("a::{{closure}}", Some("/a b/c.rs"), Some(7)),
                call("", None, None),
                call("<a::B as c::D>::e", None, None),
            ]
        );
        assert_eq!(parse("Backtrace []"), []);
    }

    /// Where this is called from, how to find it, and the line.
    fn here() -> (Image, Vec<usize>, u32) {
        let mut addresses = [0; 8];
        let len = crate::sys::unwind::backtrace(&mut addresses);
        let line = line!() - 1;
        (
            Image::of(std::process::id().cast_signed()),
            addresses[..len].to_vec(),
            line,
        )
    }

    fn places((image, addresses, _): &(Image, Vec<usize>, u32)) -> Vec<Place<'_>> {
        let found = addresses.iter().filter_map(|&address| image.find(address as u64 - 1));
        found
            .map(|(mapping, offset)| Place {
                path: &mapping.path,
                offset,
                stack: 0,
            })
            .collect()
    }

    #[track_caller]
    fn assert_known(calls: &[Option<Vec<Call>>], line: u32) {
        if cfg!(debug_assertions) {
            let here = calls
                .iter()
                .flatten()
                .flatten()
                .find(|call| call.function.ends_with("replay::tests::here"));
            let here = here.unwrap_or_else(|| panic!("debug builds know the place: {calls:#?}"));
            assert!(
                here.file
                    .as_ref()
                    .is_some_and(|file| file.ends_with("stacks/replay.rs")),
                "{here:?}"
            );
            assert_eq!(here.line, Some(line));
        }
    }

    #[test]
    fn a_place_that_is_no_code_costs_only_its_own_name() {
        let here = here();
        let mut places = places(&here);
        let nowhere = |path| Place {
            path: Path::new(path),
            offset: 0x10,
            stack: 0,
        };
        places.insert(0, nowhere("/dev/null"));
        places.insert(3, nowhere("/proc/self/exe"));
        let calls = calls(&places);
        assert_eq!(calls.len(), places.len());
        assert_eq!((&calls[0], &calls[3]), (&Some(vec![]), &Some(vec![])));
        assert_known(&calls, here.2);
    }

    #[test]
    fn threads_that_print_backtraces_do_not_matter() {
        let here = here();
        let places = places(&here);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                // One of them has std's lock at any time.
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _ = format!("{}", Backtrace::force_capture());
                    }
                });
            }
            let asked = std::panic::catch_unwind(|| [(); 5].map(|()| ask(&places, true).unwrap().answers.len()));
            stop.store(true, Ordering::Relaxed);
            assert_eq!(asked.unwrap(), [places.len() + 1; 5]);
        });
    }

    #[test]
    fn the_replayer_has_no_descriptor_of_ours() {
        let (mut reader, writer) = pipe().unwrap();
        let mut command = replayer("");
        let inherited = writer.as_raw_fd();
        let inherit = move || {
            // SAFETY: it is open until the fork that runs this.
            descriptor::set_inherited(unsafe { BorrowedFd::borrow_raw(inherited) }, true)
        };
        // As if a C library had opened it.
        // SAFETY: the closure makes one system call and allocates nothing.
        unsafe { command.pre_exec(inherit) };
        let (questions, wait) = pipe().unwrap();
        let (mut replayer, mut answers) = start(command, questions).unwrap();
        answers.read_exact(&mut [0]).unwrap();
        drop(writer);
        let ready = poll::readable([Some(reader.as_fd())], Some(Instant::now() + SILENCE)).unwrap();
        assert_eq!(ready, [true], "it waits for its questions, and has nothing else");
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        drop(wait);
        replayer.wait().unwrap();
    }
}
