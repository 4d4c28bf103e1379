//! The files that a process has mapped code from.

use std::fs;
use std::path::{Path, PathBuf};

/// A range of a process's memory that holds code of a file.
pub(super) struct Mapping {
    pub start: u64,
    pub end: u64,
    /// Where in the file the range starts.
    pub offset: u64,
    pub path: PathBuf,
    /// Whether the file is the program itself.
    pub program: bool,
}

/// Where a process has mapped its code: what it takes to tell its addresses, also after its end. It has to run the same
/// program as the process that asks.
pub struct Image(pub(super) Vec<Mapping>);

impl Image {
    /// The executable mappings of files of a process. None when the process is gone.
    pub fn of(pid: i32) -> Self {
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        let mut mappings = Vec::new();
        for line in maps.lines() {
            mappings.extend(Mapping::parse(line, &program));
        }
        Self(mappings)
    }

    /// The mapping that an address lies in, and where in its file.
    pub(super) fn find(&self, address: u64) -> Option<(&Mapping, u64)> {
        let mapping = self
            .0
            .iter()
            .find(|mapping| (mapping.start..mapping.end).contains(&address))?;
        Some((mapping, address - mapping.start + mapping.offset))
    }

    /// The reverse; `None` where the file isn't mapped.
    pub(super) fn address_of(&self, path: &Path, offset: u64) -> Option<usize> {
        let mapping = self.0.iter().find(|mapping| {
            mapping.path == *path && (mapping.offset..mapping.offset + (mapping.end - mapping.start)).contains(&offset)
        })?;
        usize::try_from(mapping.start + offset - mapping.offset).ok()
    }
}

impl Mapping {
    fn parse(line: &str, program: &Path) -> Option<Self> {
        let (head, path) = line.split_at(line.find(['/', '['])?);
        let mut fields = head.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let executable = fields.next()?.contains('x');
        let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
        if !executable {
            return None;
        }
        Some(Self {
            start: u64::from_str_radix(start, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
            offset,
            program: Path::new(path) == program,
            path: path.into(),
        })
    }

    /// The file to read: the program's own stays reachable when a new build has replaced it.
    pub fn file(&self) -> PathBuf {
        if self.program {
            "/proc/self/exe".into()
        } else {
            self.path.clone()
        }
    }

    /// The last part of the path, for addresses of which nothing else is known.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}
