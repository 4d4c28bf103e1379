//! Return addresses to frames.

use super::elf::{Elf, Mapped};
use super::frame::{Frame, Function, Language, Origin, is_bare};
use super::module::{Image, Mapping};
use super::replay::{Call, Place, calls};
use super::root::Roots;

/// The frames at each return address of the calling process, inlined calls first. Each time, a copy of this
/// process reads the debug information anew, so give it all addresses at once.
pub fn symbolize(addresses: &[usize]) -> Vec<Vec<Frame>> {
    symbolize_in(&Image::of(std::process::id().cast_signed()), addresses)
}

/// The same for addresses of another process that runs this program.
pub fn symbolize_in(image: &Image, addresses: &[usize]) -> Vec<Vec<Frame>> {
    if addresses.is_empty() {
        return Vec::new();
    }
    let here = Image::of(std::process::id().cast_signed());
    let (mut found, mut places) = (Vec::new(), Vec::new());
    for &address in addresses {
        // The call is what is wanted, not what follows it.
        let call = (address as u64).saturating_sub(1);
        let at = image.find(call);
        let same = at.is_none_or(|(mapping, offset)| {
            here.find(call)
                .is_some_and(|(own, at)| (&own.path, at) == (&mapping.path, offset))
        });
        places.push(match at {
            Some((mapping, offset)) if !same => Place::File(mapping.path.clone(), offset),
            _ => Place::Here(address),
        });
        found.push(at);
    }
    let symbols = symbols(&found);
    let mut roots = Roots::new();
    let mut frames: Vec<Vec<Frame>> = calls(&places)
        .into_iter()
        .zip(addresses.iter().zip(&found).zip(&symbols))
        .map(|(calls, ((&address, found), symbol))| {
            let mut frames = told(calls, symbol.as_deref(), &mut roots);
            if frames.is_empty() {
                frames.push(match (found, symbol) {
                    (_, Some(symbol)) => Frame::new(Function::demangle(symbol), None, "", None),
                    (Some((mapping, offset)), None) => unknown(format!("{}+{offset:#x}", mapping.name())),
                    (None, None) => unknown(format!("{:#x}", address.saturating_sub(1))),
                });
            }
            if let Some((mapping, _)) = found.filter(|(mapping, _)| !mapping.program) {
                // The system's libraries may have files elsewhere with their debug information.
                let system = mapping.path.starts_with("/usr") || mapping.path.starts_with("/lib");
                frames
                    .iter_mut()
                    .filter(|frame| system || frame.file.is_none())
                    .for_each(|f| f.origin = Origin::System);
            }
            frames
        })
        .collect();
    let tests: Vec<String> = frames
        .iter()
        .flatten()
        .filter_map(|f| f.test_called().map(str::to_owned))
        .collect();
    for frame in frames.iter_mut().flatten() {
        for test in &tests {
            frame.name_after(test);
        }
    }
    frames
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
    calls
        .into_iter()
        .enumerate()
        .filter_map(|(nth, call)| {
            let symbol = symbol.filter(|_| nth == last && is_bare(&call.function));
            let function = match symbol {
                Some(symbol) => Function::demangle(symbol),
                None if call.function.is_empty() => return None,
                None => Function::told(&call.function),
            };
            let directory = call.file.as_ref().map_or_else(String::new, |file| roots.of(file));
            Some(Frame::new(function, call.file, &directory, call.line))
        })
        .collect()
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
        let mut sorted: Vec<(u64, usize)> = offsets
            .into_iter()
            .filter_map(|(offset, at)| Some((elf.address_of(offset)?, at)))
            .collect();
        sorted.sort_unstable();
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
