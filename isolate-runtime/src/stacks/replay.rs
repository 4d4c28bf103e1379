//! Asks std for names and lines: it has a reader of debug information for the backtraces of panics, but takes no address.
//! So a copy of this process captures a backtrace as though it had been called from each address in turn. Whatever goes
//! wrong there, a lock that another thread held at the copy included, costs names and not the process.

use std::backtrace::Backtrace;
use std::ffi::{CString, c_void};
use std::fs::{self, OpenOptions};
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::module::Image;
use crate::sys::poll;
use crate::sys::process::{self, Fork};
use crate::sys::replay::PretendedStack;

/// A call as std describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Demangled unless it is C++.
    pub function: String,
    /// An absolute path.
    pub file: Option<String>,
    pub line: Option<u32>,
}

/// Where a call returns to.
#[derive(Clone)]
pub(super) enum Place {
    Here(usize),
    /// In a file that another process has mapped, by offset.
    File(PathBuf, u64),
}

/// How long std may take for the first address, with which it reads the program's debug information, and for each further.
const SILENCE: Duration = Duration::from_secs(5);

/// Copies in which something goes wrong before what is left goes without names.
const TRIES: usize = 3;

/// The calls at each place, inlined ones first; none where std knows nothing.
pub(super) fn calls(places: &[Place]) -> Vec<Vec<Call>> {
    let mut calls = Vec::with_capacity(places.len());
    for nth in 0..TRIES {
        let rest = &places[calls.len()..];
        if rest.is_empty() {
            break;
        }
        let answers = ask(rest, nth == 0).unwrap_or_default();
        let mut answers = answers.iter().map(|answer| parse(answer));
        // What lies between std and the address is the same for all.
        if let Some(same) = answers.next() {
            calls.extend(answers.map(|mut answer| answer.split_off(same.len().min(answer.len()))));
            if calls.len() < places.len() {
                // The one that it couldn't get over.
                calls.push(Vec::new());
            }
        }
    }
    calls.resize_with(places.len(), Vec::new);
    calls
}

/// What std says, in a copy of this process, about no address and then about each; less when it doesn't get to the end.
fn ask(places: &[Place], load: bool) -> io::Result<Vec<String>> {
    let (reader, writer) = pipe()?;
    let _findable = Findable::new();
    let parent = std::process::id().cast_signed();
    let child = match process::fork()? {
        Fork::Child => {
            drop(reader);
            let _ = process::die_with(parent);
            answer(places, load, writer)
        }
        Fork::Parent(child) => child,
    };
    drop(writer);
    let said = listen(reader, places.len() + 1);
    process::kill(child);
    process::reap_now(child);
    Ok(said)
}

/// A name for the program's file where std looks for it once a new build has replaced it: at the path that the kernel
/// gives such files.
struct Findable(Option<PathBuf>);

impl Findable {
    fn new() -> Self {
        let program = fs::read_link("/proc/self/exe").ok();
        let gone = program.filter(|path| path.as_os_str().as_bytes().ends_with(b" (deleted)"));
        Self(gone.filter(|path| symlink("/proc/self/exe", path).is_ok()))
    }
}

impl Drop for Findable {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

fn listen(mut reader: PipeReader, wanted: usize) -> Vec<String> {
    let mut answers = Vec::new();
    let mut said = Vec::new();
    let mut deadline = Instant::now() + SILENCE;
    let mut buffer = vec![0; 1 << 16];
    while answers.len() < wanted {
        let ready = poll::readable([Some(reader.as_fd())], Some(deadline));
        if !matches!(ready, Ok([true])) {
            break;
        }
        match reader.read(&mut buffer) {
            Ok(len) if len > 0 => said.extend_from_slice(&buffer[..len]),
            _ => break,
        }
        while let Some(end) = said.iter().position(|&byte| byte == END) {
            answers.push(String::from_utf8_lossy(&said[..end]).into_owned());
            said.drain(..=end);
            deadline = Instant::now() + SILENCE;
        }
    }
    answers
}

/// Follows each answer; in no name or path.
const END: u8 = 0;

struct Script {
    /// Those that are left, the next at the end.
    addresses: Vec<usize>,
    stack: PretendedStack,
    writer: PipeWriter,
}

fn answer(places: &[Place], load: bool, writer: PipeWriter) -> ! {
    process::suffer_in_silence();
    // std shortens paths that lie below this directory, where no source is.
    let _ = std::env::set_current_dir("/proc");
    if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        for stream in 0..3 {
            // SAFETY: puts another file behind a number of this process, which nobody shares.
            unsafe { libc::dup2(null.as_raw_fd(), stream) };
        }
    }
    let mut addresses = resolve(places, load);
    addresses.reverse();
    addresses.push(0);
    let Ok(stack) = PretendedStack::new() else {
        process::exit_now(1)
    };
    let script = Box::into_raw(Box::new(Script {
        addresses,
        stack,
        writer,
    }));
    // SAFETY: the stack was just made; nothing on this one is needed any more.
    unsafe { stack.call_from(0, replay, script.cast()) }
}

/// Addresses in this process.
fn resolve(places: &[Place], load: bool) -> Vec<usize> {
    let find = |image: &Image, path: &PathBuf, offset: u64| {
        let mapping = image.0.iter().find(|mapping| {
            mapping.path == *path && (mapping.offset..mapping.offset + (mapping.end - mapping.start)).contains(&offset)
        })?;
        usize::try_from(mapping.start + offset - mapping.offset).ok()
    };
    let mut image = Image::of(std::process::id().cast_signed());
    let mut loaded: Vec<&PathBuf> = Vec::new();
    for place in places.iter().filter(|_| load) {
        if let Place::File(path, offset) = place
            && !loaded.contains(&path)
            && find(&image, path, *offset).is_none()
        {
            loaded.push(path);
            if let Ok(name) = CString::new(path.as_os_str().as_bytes()) {
                // SAFETY: a C string. It runs the library's constructors, as in the process that the address is from.
                unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY) };
            }
        }
    }
    if !loaded.is_empty() {
        image = Image::of(std::process::id().cast_signed());
    }
    places
        .iter()
        .map(|place| match place {
            Place::Here(address) => *address,
            // Offsets are those of calls, one before the return address.
            Place::File(path, offset) => find(&image, path, *offset).map_or(0, |address| address + 1),
        })
        .collect()
}

/// Says what std makes of the caller that this function seems to have, then goes on with the next.
unsafe extern "C-unwind" fn replay(script: *mut c_void) -> ! {
    // SAFETY: made in `answer`, never freed, and known to nobody else.
    let script = unsafe { &mut *script.cast::<Script>() };
    // The address that this call was made from.
    script.addresses.pop();
    let mut said = format!("{:?}", Backtrace::force_capture()).into_bytes();
    said.push(END);
    if script.writer.write_all(&said).is_err() {
        process::exit_now(1);
    }
    drop(said);
    match script.addresses.last() {
        // SAFETY: this stack was made to be left for itself, and has nothing that anybody needs.
        Some(&address) => unsafe {
            script
                .stack
                .call_from(address, replay, std::ptr::from_mut(script).cast())
        },
        None => process::exit_now(0),
    }
}

/// Reads the text that std's documentation and source keep as it is: `Backtrace [{ fn: "f", file: "/f.rs", line: 1 }, …]`.
fn parse(backtrace: &str) -> Vec<Call> {
    let calls = backtrace.split_once('[').map_or("", |(_, calls)| calls);
    calls
        .split("{ fn: ")
        .skip(1)
        .map(|call| {
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
            Call {
                function: function.to_owned(),
                file,
                line,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn an_address_that_is_no_code_costs_only_its_own_name() {
        let mut addresses = [0; 8];
        let len = crate::sys::unwind::backtrace(&mut addresses);
        let line = line!() - 1;
        let mut places = vec![Place::Here(0x10)];
        places.extend(addresses[..len].iter().map(|&address| Place::Here(address)));
        places.insert(3, Place::Here(0x20));
        let calls = calls(&places);
        assert_eq!((&calls[0], &calls[3]), (&vec![], &vec![]));
        if cfg!(debug_assertions) {
            let ours = |call: &&Call| {
                call.file
                    .as_ref()
                    .is_some_and(|file| file.ends_with("stacks/replay.rs"))
            };
            // A neighbour that prints a backtrace at the moment of the fork leaves its lock to the helper, for ever.
            let known = std::iter::once(calls).chain(std::iter::repeat_with(|| super::calls(&places)).take(4));
            let known = known.flatten().flatten().find(|call| ours(&call));
            let here = known.expect("debug builds know the place");
            assert!(here.function.ends_with("costs_only_its_own_name"), "{here:?}");
            assert_eq!(here.line, Some(line));
        }
    }
}
