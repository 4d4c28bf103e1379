//! Return addresses to frames.

use super::elf::{Elf, Mapped};
use super::frame::{Frame, Function, Language, Origin, is_bare};
use super::module::{Image, Mapping};
use super::replay::{Call, Place, calls};
use super::root::Roots;

/// The frames of stacks of return addresses of the calling process, inlined calls included. Each time, this program
/// is started to read the debug information anew, so give it all stacks at once.
pub fn symbolize(stacks: &[Vec<usize>]) -> Vec<Vec<Frame>> {
    symbolize_in(&Image::of(std::process::id().cast_signed()), stacks)
}

/// The same for stacks of another process that runs this program.
pub fn symbolize_in(image: &Image, stacks: &[Vec<usize>]) -> Vec<Vec<Frame>> {
    let addresses = stacks.concat();
    if addresses.is_empty() {
        return vec![Vec::new(); stacks.len()];
    }
    let mut found = Vec::new();
    for &address in &addresses {
        // The call is what is wanted, not what follows it.
        found.push(image.find((address as u64).saturating_sub(1)));
    }
    let symbols = symbols(&found);
    let mut calls = calls_at(&found);
    let mut roots = Roots::new();
    let mut symbolized = Vec::new();
    let mut nth = 0;
    for stack in stacks {
        let mut frames = Vec::new();
        for &address in stack {
            let calls = std::mem::take(&mut calls[nth]);
            frames.append(&mut frames_at(
                address,
                found[nth],
                calls,
                symbols[nth].as_deref(),
                &mut roots,
            ));
            nth += 1;
        }
        symbolized.push(frames);
    }
    name_tests(&mut symbolized);
    symbolized
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

/// What std knows of each that lies in a file.
fn calls_at(found: &[Option<(&Mapping, u64)>]) -> Vec<Vec<Call>> {
    let in_file = |found: Option<(&Mapping, u64)>| found.is_some_and(|(mapping, _)| mapping.path.is_absolute());
    let mut places = Vec::new();
    for &found in found {
        if let Some((mapping, offset)) = found
            && in_file(found)
        {
            places.push(Place {
                path: &mapping.path,
                offset,
            });
        }
    }
    let mut known = calls(&places).into_iter();
    let mut all = Vec::new();
    for &found in found {
        let calls = if in_file(found) { known.next() } else { None };
        all.push(calls.unwrap_or_default());
    }
    all
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

/// The symbol that each address lies in, by the files' own tables.
fn symbols(found: &[Option<(&Mapping, u64)>]) -> Vec<Option<String>> {
    let mut names = vec![None; found.len()];
    let mut files: Vec<(&Mapping, Vec<(u64, usize)>)> = Vec::new();
    for (at, found) in found.iter().enumerate() {
        let Some((mapping, offset)) = *found else { continue };
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
                if names[at].is_none() {
                    names[at] = symbol.name.to_str().ok().map(str::to_owned);
                }
            }
        }
    }
    names
}
