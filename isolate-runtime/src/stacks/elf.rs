//! Just enough of ELF (64 bits, little endian) to find segments and symbols of a mapped file.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::null_mut;

/// A file mapped to memory until it is dropped.
pub(super) struct Mapped {
    start: *mut libc::c_void,
    len: usize,
}

impl Mapped {
    /// Maps a file to read. Fails when it can't be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        // SAFETY: a private mapping at an address of the kernel's choice disturbs nothing.
        let start = unsafe { libc::mmap(null_mut(), len, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { start, len })
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: mapped with this length until `drop`. Programs and libraries are replaced, not written over, while
        // they run.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.len) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: mapped in `open`; `bytes` borrows from `self`.
        unsafe { libc::munmap(self.start, self.len) };
    }
}

/// A parsed file. What is malformed reads as missing.
pub(super) struct Elf<'a> {
    bytes: &'a [u8],
    sections: Vec<Section<'a>>,
    segments: Vec<Segment>,
}

struct Section<'a> {
    kind: u32,
    link: u32,
    data: &'a [u8],
}

struct Segment {
    offset: u64,
    address: u64,
    len: u64,
}

/// A function as the symbol table has it.
pub(super) struct Symbol<'a> {
    pub address: u64,
    pub len: u64,
    pub name: &'a CStr,
}

const SYMTAB: u32 = 2;
const NOBITS: u32 = 8;
const DYNSYM: u32 = 11;
const COMPRESSED: u64 = 1 << 11;

impl<'a> Elf<'a> {
    /// `None` for anything but a 64-bit little-endian file.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.get(..6)? != b"\x7fELF\x02\x01" {
            return None;
        }
        let mut elf = Self {
            bytes,
            sections: Vec::new(),
            segments: Vec::new(),
        };
        elf.segments = elf.read_segments().unwrap_or_default();
        elf.sections = elf.read_sections().unwrap_or_default();
        Some(elf)
    }

    /// The address that the byte at this offset of the file is linked to.
    pub fn address_of(&self, offset: u64) -> Option<u64> {
        let segment = self
            .segments
            .iter()
            .find(|segment| offset >= segment.offset && offset - segment.offset < segment.len)?;
        Some(offset - segment.offset + segment.address)
    }

    /// Functions of the full symbol table or, in a stripped file, of the dynamic one.
    pub fn functions(&self) -> impl Iterator<Item = Symbol<'a>> {
        const ENTRY: usize = 24;
        let table = [SYMTAB, DYNSYM]
            .iter()
            .find_map(|kind| self.sections.iter().find(|s| s.kind == *kind));
        let names = table
            .and_then(|table| self.sections.get(table.link as usize))
            .map_or(&[][..], |names| names.data);
        table
            .map_or(&[][..], |table| table.data)
            .chunks_exact(ENTRY)
            .filter_map(move |entry| {
                // Functions, indirect ones included, that are defined here.
                if !matches!(entry[4] & 15, 2 | 10) || number(entry, 6, 2)? == 0 {
                    return None;
                }
                let name = names.get(usize::try_from(number(entry, 0, 4)?).ok()?..)?;
                Some(Symbol {
                    address: number(entry, 8, 8)?,
                    len: number(entry, 16, 8)?,
                    name: CStr::from_bytes_until_nul(name).ok()?,
                })
            })
    }

    fn read_segments(&self) -> Option<Vec<Segment>> {
        const LOAD: u64 = 1;
        let mut segments = Vec::new();
        for entry in self.table(0x20, 0x36)? {
            if number(entry, 0, 4)? == LOAD {
                segments.push(Segment {
                    offset: number(entry, 8, 8)?,
                    address: number(entry, 16, 8)?,
                    len: number(entry, 32, 8)?,
                });
            }
        }
        Some(segments)
    }

    fn read_sections(&self) -> Option<Vec<Section<'a>>> {
        let mut sections = Vec::new();
        for entry in self.table(0x28, 0x3a)? {
            let kind = small(entry, 4)?;
            let compressed = number(entry, 8, 8)? & COMPRESSED != 0;
            sections.push(Section {
                kind,
                link: small(entry, 40)?,
                data: if compressed || kind == NOBITS {
                    &[]
                } else {
                    self.data(entry).unwrap_or_default()
                },
            });
        }
        Some(sections)
    }

    fn data(&self, section: &[u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(number(section, 24, 8)?).ok()?;
        let len = usize::try_from(number(section, 32, 8)?).ok()?;
        self.bytes.get(start..start.checked_add(len)?)
    }

    /// The entries of a header table, given where the file's header has its offset, and its entries' size and number.
    fn table(&self, offset_at: usize, shape_at: usize) -> Option<std::slice::ChunksExact<'a, u8>> {
        let start = usize::try_from(number(self.bytes, offset_at, 8)?).ok()?;
        let size = usize::try_from(number(self.bytes, shape_at, 2)?)
            .ok()
            .filter(|&size| size >= 40)?;
        let count = usize::try_from(number(self.bytes, shape_at + 2, 2)?).ok()?;
        Some(
            self.bytes
                .get(start..start.checked_add(size * count)?)?
                .chunks_exact(size),
        )
    }
}

fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let mut number = [0; 8];
    number[..len].copy_from_slice(bytes.get(at..at + len)?);
    Some(u64::from_le_bytes(number))
}

fn small(bytes: &[u8], at: usize) -> Option<u32> {
    u32::try_from(number(bytes, at, 4)?).ok()
}
