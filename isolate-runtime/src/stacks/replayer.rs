//! This program, started again to say what std makes of addresses: before `main`, so that it has one thread and runs none of
//! the program's own code but the constructors. See [`replay`](super::replay), which asks.

use std::backtrace::Backtrace;
use std::env;
use std::ffi::{CString, OsStr, c_void};
use std::io::{Read, Write, stdin, stdout};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::findable::Findable;
use super::module::Image;
use super::replay::{Place, parse};
use super::select::is_last;
use crate::sys::replay::PretendedStack;
use crate::sys::{descriptor, process};

/// Tells the program that it is a replayer, and whose.
pub(super) const VARIABLE: &str = "ISOLATE_REPLAYER_OF";

/// Follows the parent's id there if the replayer is to answer more than one who asks.
pub(super) const SHARED: &str = ":shared";

/// Follows each path and each answer; in no name or path.
pub(super) const END: u8 = 0;

/// Instead of what std makes of an address which nobody wants to know.
pub(super) const BELOW: &str = "below";

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    let Ok(value) = env::var(VARIABLE) else { return };
    let (parent, is_shared) = match value.strip_suffix(SHARED) {
        Some(parent) => (parent, true),
        None => (&*value, false),
    };
    if let Ok(parent) = parent.parse() {
        let _ = process::die_with(parent);
        begin(is_shared)
    }
}

fn begin(is_shared: bool) -> ! {
    process::suffer_in_silence();
    // Those that the asker has forgotten to close, and whose peers would take this process for it.
    descriptor::close_from(3);
    let Ok(stack) = PretendedStack::new() else {
        process::exit_now(1)
    };
    if is_shared { prepare(stack) } else { answer(stack) }
}

/// Has std read the debug information of what is on most stacks, then answers whoever asks.
fn prepare(stack: PretendedStack) -> ! {
    let _ = env::set_current_dir("/proc");
    let sleep: fn(Duration) = thread::sleep;
    let of_std = Asked {
        address: sleep as usize + 1,
        stack: 0,
    };
    Script::new(vec![of_std], stack, Then::Share).play()
}

/// Answers each that asks in a copy of this process: what it takes, and what it dies of, goes with the copy.
fn share(stack: PretendedStack) -> ! {
    process::let_children_go();
    let here = std::process::id().cast_signed();
    let mut message = [0; 8];
    loop {
        let Ok((1.., passed)) = descriptor::receive(stdin().as_fd(), &mut message) else {
            process::exit_now(0)
        };
        let Ok([questions, answers]) = <[OwnedFd; 2]>::try_from(passed) else {
            continue;
        };
        if let Ok(process::Fork::Child) = process::fork() {
            let _ = process::die_with(here);
            let streams =
                descriptor::redirect(questions.as_fd(), 0).and_then(|()| descriptor::redirect(answers.as_fd(), 1));
            drop((questions, answers));
            match streams {
                Ok(()) => answer(stack),
                Err(_) => process::exit_now(1),
            }
        }
    }
}

/// Reads the questions from the standard input; the answers go to the standard output, after an [`END`] of their own.
fn answer(stack: PretendedStack) -> ! {
    let mut questions = Vec::new();
    if !say(&[END]) || stdin().read_to_end(&mut questions).is_err() {
        process::exit_now(1);
    }
    // std shortens paths that lie below this directory, where no source is.
    let _ = env::set_current_dir("/proc");
    Script::new(resolve(&questions), stack, Then::End).play()
}

fn say(bytes: &[u8]) -> bool {
    let mut out = stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}

fn tell(mut answer: String) {
    answer.push(char::from(END));
    if !say(answer.as_bytes()) {
        process::exit_now(1);
    }
}

struct Script {
    /// Those that are left, the next at the end.
    asked: Vec<Asked>,
    stack: PretendedStack,
    then: Then,
    /// Until std has opened the program's file.
    findable: Option<Findable>,
}

/// What follows when all is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    End,
    /// Nobody has asked yet, so nothing was said.
    Share,
}

impl Script {
    fn new(mut asked: Vec<Asked>, stack: PretendedStack, then: Then) -> Self {
        asked.reverse();
        asked.push(Asked {
            address: 0,
            stack: usize::MAX,
        });
        Self {
            asked,
            stack,
            then,
            findable: Some(Findable::new()),
        }
    }

    fn play(self) -> ! {
        let stack = self.stack;
        let script = Box::into_raw(Box::new(self));
        // SAFETY: nothing on the stack that this one is, or that it leaves for itself, is needed any more.
        unsafe { stack.call_from(0, replay, script.cast()) }
    }
}

struct Asked {
    /// In this process.
    address: usize,
    stack: usize,
}

fn resolve(questions: &[u8]) -> Vec<Asked> {
    let Some((&load, mut rest)) = questions.split_first() else {
        return Vec::new();
    };
    let mut places = Vec::new();
    while let Some((stack, question)) = rest.split_first_chunk()
        && let Some((offset, path)) = question.split_first_chunk()
        && let Some(end) = path.iter().position(|&byte| byte == END)
    {
        places.push(Place {
            path: Path::new(OsStr::from_bytes(&path[..end])),
            offset: u64::from_ne_bytes(*offset),
            stack: usize::from_ne_bytes(*stack),
        });
        rest = &path[end + 1..];
    }
    let mut image = Image::of(std::process::id().cast_signed());
    let mut loaded: Vec<&Path> = Vec::new();
    for place in places.iter().filter(|_| load != 0) {
        if !loaded.contains(&place.path) && image.address_of(place.path, place.offset).is_none() {
            loaded.push(place.path);
            if let Ok(name) = CString::new(place.path.as_os_str().as_bytes()) {
                // SAFETY: a C string. It runs the library's constructors, as in the process that the address is from.
                unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY) };
            }
        }
    }
    if !loaded.is_empty() {
        image = Image::of(std::process::id().cast_signed());
    }
    let mut asked = Vec::new();
    for place in places {
        let call = image.address_of(place.path, place.offset);
        asked.push(Asked {
            // Offsets are those of calls, one before the return address.
            address: call.map_or(0, |call| call + 1),
            stack: place.stack,
        });
    }
    asked
}

/// Says what std makes of the caller that this function seems to have, then goes on with the next.
unsafe extern "C-unwind" fn replay(script: *mut c_void) -> ! {
    // SAFETY: made in `play`, never freed, and known to nobody else.
    let script = unsafe { &mut *script.cast::<Script>() };
    // The address that this call was made from.
    let stack = script.asked.pop().map(|asked| asked.stack);
    let said = format!("{:?}", Backtrace::force_capture());
    script.findable = None;
    if script.then == Then::End {
        let ends = parse(&said).iter().any(is_last);
        tell(said);
        while ends && script.asked.pop_if(|asked| Some(asked.stack) == stack).is_some() {
            tell(BELOW.to_owned());
        }
    }
    match (script.asked.last(), script.then) {
        // SAFETY: this stack was made to be left for itself, and has nothing that anybody needs.
        (Some(asked), _) => unsafe {
            script
                .stack
                .call_from(asked.address, replay, std::ptr::from_mut(script).cast())
        },
        (None, Then::Share) => share(script.stack),
        (None, Then::End) => process::exit_now(0),
    }
}
