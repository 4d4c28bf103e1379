//! Return addresses to frames.

use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian};

use super::elf::{Elf, Mapped};
use super::frame::{Frame, Function, Language, Origin};
use super::module::{Image, Mapping};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The frames at each return address of the calling process, inlined calls first. Reads the debug information of the
/// program anew, so give it all addresses at once; nothing of it is kept.
pub fn symbolize(addresses: &[usize]) -> Vec<Vec<Frame>> {
    symbolize_in(&Image::of(std::process::id().cast_signed()), addresses)
}

/// The same for addresses of another process that runs this program.
pub fn symbolize_in(image: &Image, addresses: &[usize]) -> Vec<Vec<Frame>> {
    // Each file with its addresses: where they are in the answer, and in the file.
    let mut files: Vec<(&Mapping, Vec<(usize, u64)>)> = Vec::new();
    let mut frames: Vec<Vec<Frame>> = vec![Vec::new(); addresses.len()];
    for (at, &address) in addresses.iter().enumerate() {
        // The call is what is wanted, not what follows it.
        let call = (address as u64).saturating_sub(1);
        match image
            .0
            .iter()
            .find(|mapping| (mapping.start..mapping.end).contains(&call))
        {
            Some(mapping) => {
                let offset = call - mapping.start + mapping.offset;
                match files.iter_mut().find(|(file, _)| file.path == mapping.path) {
                    Some((_, offsets)) => offsets.push((at, offset)),
                    None => files.push((mapping, vec![(at, offset)])),
                }
            }
            None => frames[at].push(unknown(format!("{address:#x}"))),
        }
    }
    for (mapping, offsets) in files {
        let mapped = Mapped::open(&mapping.file()).ok();
        let elf = mapped.as_ref().and_then(|mapped| Elf::parse(mapped.bytes()));
        let found = elf.map(|elf| in_file(&elf, &offsets)).unwrap_or_default();
        let mut found = found.into_iter().fuse();
        for (at, offset) in offsets {
            frames[at] = found.next().unwrap_or_default();
            if frames[at].is_empty() {
                frames[at].push(unknown(format!("{}+{offset:#x}", mapping.name())));
            }
            if !mapping.program {
                frames[at]
                    .iter_mut()
                    .filter(|frame| frame.file.is_none())
                    .for_each(|f| f.origin = Origin::System);
            }
        }
    }
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

fn in_file(elf: &Elf<'_>, offsets: &[(usize, u64)]) -> Vec<Vec<Frame>> {
    let load = |id: addr2line::gimli::SectionId| {
        Ok::<_, addr2line::gimli::Error>(EndianSlice::new(elf.section(id.name()), LittleEndian))
    };
    let debug = Dwarf::load(load).and_then(addr2line::Context::from_dwarf).ok();
    let addresses: Vec<_> = offsets.iter().map(|&(_, offset)| elf.address_of(offset)).collect();
    let symbols = symbols(elf, &addresses);
    addresses
        .iter()
        .zip(symbols)
        .map(|(address, symbol)| {
            let Some(address) = *address else { return Vec::new() };
            let mut frames = debug
                .as_ref()
                .map(|debug| from_debug(debug, address, symbol))
                .unwrap_or_default();
            if frames.is_empty()
                && let Some(symbol) = symbol
            {
                frames.push(Frame::new(Function::demangle(symbol), None, "", None));
            }
            frames
        })
        .collect()
}

/// Frames as the debug information has them; `symbol` names the outermost, should it have no name there.
fn from_debug(debug: &addr2line::Context<Slice<'_>>, address: u64, symbol: Option<&str>) -> Vec<Frame> {
    let unit = debug.find_dwarf_and_unit(address).skip_all_loads();
    let directory = unit
        .and_then(|unit| unit.comp_dir)
        .map_or_else(Default::default, |dir| dir.to_string_lossy());
    let mut frames = Vec::new();
    let Ok(mut found) = debug.find_frames(address).skip_all_loads() else {
        return frames;
    };
    let mut next = found.next().ok().flatten();
    while let Some(frame) = next {
        next = found.next().ok().flatten();
        let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
        // Line tables alone have bare names, which don't tell the module; for what isn't inlined, the symbol does.
        let bare = name.as_ref().is_none_or(|name| !name.starts_with('_'));
        let name = symbol.filter(|_| bare && next.is_none()).map(Into::into).or(name);
        let Some(name) = name else { continue };
        let (file, line) = frame
            .location
            .map_or((None, None), |place| (place.file.map(str::to_owned), place.line));
        frames.push(Frame::new(Function::demangle(&name), file, &directory, line));
    }
    frames
}

/// The symbol that each address lies in.
fn symbols<'a>(elf: &Elf<'a>, addresses: &[Option<u64>]) -> Vec<Option<&'a str>> {
    let mut sorted: Vec<_> = addresses
        .iter()
        .enumerate()
        .filter_map(|(at, address)| Some(((*address)?, at)))
        .collect();
    sorted.sort_unstable();
    let mut names = vec![None; addresses.len()];
    for symbol in elf.functions() {
        let first = sorted.partition_point(|&(address, _)| address < symbol.address);
        for &(address, at) in &sorted[first..] {
            if address - symbol.address >= symbol.len {
                break;
            }
            names[at] = names[at].or(symbol.name.to_str().ok());
        }
    }
    names
}
