//! Return addresses to frames.

use super::elf::{Elf, Mapped};
use super::frame::{Frame, Function, Language, Origin, is_bare, own_module};
use super::module::{Image, Mapping};
use super::replay::{Call, Place, calls};
use super::root::Roots;

/// The frames of stacks of return addresses of the calling process, inlined calls included, down to what
/// started the test or the thread. Each time, this program may be started to read the debug information anew, so give it all
/// stacks at once.
pub fn symbolize(stacks: &[Vec<usize>]) -> Vec<Vec<Frame>> {
    symbolize_in(&Image::of(std::process::id().cast_signed()), stacks)
}

/// The same for stacks of another process that runs this program.
pub fn symbolize_in(image: &Image, stacks: &[Vec<usize>]) -> Vec<Vec<Frame>> {
    let mut sites = Vec::new();
    for (stack, addresses) in stacks.iter().enumerate() {
        for &address in addresses {
            sites.push(Site {
                stack,
                address,
                // The call is what is wanted, not what follows it.
                found: image.find((address as u64).saturating_sub(1)),
                calls: Some(Vec::new()),
                symbol: None,
            });
        }
    }
    find_calls(&mut sites);
    find_symbols(&mut sites);
    let mut roots = Roots::new();
    let mut symbolized = Vec::new();
    let mut sites = sites.into_iter();
    for stack in stacks {
        let mut frames = Vec::new();
        for site in sites.by_ref().take(stack.len()) {
            frames.append(&mut site.frames(&mut roots));
        }
        symbolized.push(frames);
    }
    name_tests(&mut symbolized);
    symbolized
}

/// An address of a stack, and what is known of it.
struct Site<'a> {
    /// Which one.
    stack: usize,
    address: usize,
    /// In which file the call is, and where.
    found: Option<(&'a Mapping, u64)>,
    /// What std knows of it; `None` if it lies below what anybody looks at.
    calls: Option<Vec<Call>>,
    symbol: Option<String>,
}

impl<'a> Site<'a> {
    /// Where std can find something. Of the distribution's libraries it would read the debug information that a machine may
    /// have elsewhere: that takes longer than all the rest, and says no more to an author of tests than their symbols do.
    fn place(&self) -> Option<Place<'a>> {
        let (mapping, offset) = self.found?;
        (mapping.path.is_absolute() && !mapping.is_distributed()).then_some(Place {
            path: &mapping.path,
            offset,
            stack: self.stack,
        })
    }

    /// Whether std's names for the calls aren't all that can be known. What isolate's own are called is never shown.
    fn needs_symbol(&self) -> bool {
        let own = |call: &Call| call.file.as_ref().is_some_and(|file| own_module(file).is_some());
        let lacking = |call: &Call| is_bare(&call.function) && !own(call);
        self.calls
            .as_ref()
            .is_some_and(|calls| calls.last().is_none_or(lacking))
    }

    fn frames(self, roots: &mut Roots) -> Vec<Frame> {
        self.calls.map_or_else(Vec::new, |calls| {
            frames_at(self.address, self.found, calls, self.symbol.as_deref(), roots)
        })
    }
}

fn frames_at(
    address: usize,
    found: Option<(&Mapping, u64)>,
    calls: Vec<Call>,
    symbol: Option<&str>,
    roots: &mut Roots,
) -> Vec<Frame> {
    let mut frames = told(calls, symbol, roots);
    if frames.is_empty() {
        frames.push(match (found, symbol) {
            (_, Some(symbol)) => Frame::new(Function::demangle(symbol), None, "", None),
            (Some((mapping, offset)), None) => unknown(format!("{}+{offset:#x}", mapping.name())),
            (None, None) => unknown(format!("{:#x}", address.saturating_sub(1))),
        });
    }
    if let Some((mapping, _)) = found
        && !mapping.program
    {
        // The system's libraries may have files elsewhere with their debug information.
        let system = mapping.path.starts_with("/usr") || mapping.path.starts_with("/lib");
        for frame in &mut frames {
            if system || frame.file.is_none() {
                frame.origin = Origin::System;
            }
        }
    }
    frames
}

/// Takes back, wherever the attribute has called a test, that it moved the test's body.
fn name_tests(stacks: &mut [Vec<Frame>]) {
    let mut tests = Vec::new();
    for stack in &*stacks {
        for frame in stack {
            tests.extend(frame.test_called().map(str::to_owned));
        }
    }
    for stack in stacks {
        for frame in stack {
            for test in &tests {
                frame.name_after(test);
            }
        }
    }
}

/// Asks std about each that it may know.
fn find_calls(sites: &mut [Site]) {
    let mut places = Vec::new();
    for site in &*sites {
        places.extend(site.place());
    }
    let mut known = calls(&places).into_iter();
    // The stack of which nobody looks at the rest.
    let mut ended = None;
    for site in sites {
        if site.place().is_some() {
            site.calls = known.next().flatten();
        }
        if site.calls.is_none() {
            ended = Some(site.stack);
        }
        if ended == Some(site.stack) {
            site.calls = None;
        }
    }
}

fn unknown(name: String) -> Frame {
    Frame::new(
        Function {
            name,
            language: Language::Other,
        },
        None,
        "",
        None,
    )
}

/// Frames as std has them; `symbol` names the outermost, should it have no full name there.
fn told(calls: Vec<Call>, symbol: Option<&str>, roots: &mut Roots) -> Vec<Frame> {
    let last = calls.len().saturating_sub(1);
    let mut frames = Vec::new();
    for (nth, call) in calls.into_iter().enumerate() {
        let symbol = symbol.filter(|_| nth == last && is_bare(&call.function));
        let function = match symbol {
            Some(symbol) => Function::demangle(symbol),
            None if call.function.is_empty() => continue,
            None => Function::told(&call.function),
        };
        let directory = call.file.as_ref().map_or_else(String::new, |file| roots.of(file));
        frames.push(Frame::new(function, call.file, &directory, call.line));
    }
    frames
}

/// Finds the symbols that are needed, in the files' own tables.
fn find_symbols(sites: &mut [Site]) {
    let mut files: Vec<(&Mapping, Vec<(u64, usize)>)> = Vec::new();
    for (at, site) in sites.iter().enumerate() {
        let Some((mapping, offset)) = site.found.filter(|_| site.needs_symbol()) else {
            continue;
        };
        match files.iter_mut().find(|(file, _)| file.path == mapping.path) {
            Some((_, offsets)) => offsets.push((offset, at)),
            None => files.push((mapping, vec![(offset, at)])),
        }
    }
    for (mapping, offsets) in files {
        let Ok(mapped) = Mapped::open(&mapping.file()) else {
            continue;
        };
        let Some(elf) = Elf::parse(mapped.bytes()) else {
            continue;
        };
        let mut sorted: Vec<(u64, usize)> = Vec::new();
        for (offset, at) in offsets {
            if let Some(address) = elf.address_of(offset) {
                let place = sorted.partition_point(|&(other, _)| other < address);
                sorted.insert(place, (address, at));
            }
        }
        for symbol in elf.functions() {
            let first = sorted.partition_point(|&(address, _)| address < symbol.address);
            for &(address, at) in &sorted[first..] {
                if address - symbol.address >= symbol.len {
                    break;
                }
                let known = &mut sites[at].symbol;
                if known.is_none() {
                    *known = symbol.name.to_str().ok().map(str::to_owned);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::unwind::backtrace;

    #[test]
    fn stacks_end_where_nobody_looks_further() {
        let mut addresses = [0; 96];
        let len = backtrace(&mut addresses);
        let stack = addresses[..len].to_vec();
        let stacks = symbolize(&[stack.clone(), Vec::new(), stack]);
        let names = |nth: usize| -> Vec<&str> { stacks[nth].iter().map(|frame| &*frame.function).collect() };
        assert!(names(1).is_empty());
        for nth in [0, 2] {
            let names = names(nth);
            let entry = names
                .iter()
                .position(|name| name.contains("__rust_begin_short_backtrace"));
            assert!(
                entry.is_some_and(|entry| names.len() - entry <= 2),
                "what calls it in the same place, and no more: {names:#?}"
            );
        }
    }
}
