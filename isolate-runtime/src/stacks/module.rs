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

    /// Whether it is a library that comes with the system. What others install, containers included, lies elsewhere.
    pub fn is_distributed(&self) -> bool {
        const PLACES: [&str; 6] = ["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"];
        !self.program && PLACES.iter().any(|place| self.path.starts_with(place))
    }

    /// The last part of the path, for addresses of which nothing else is known.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_with_the_system_is_distributed() {
        for (path, program, is_distributed) in [
            ("/usr/lib/x86_64-linux-gnu/libc.so.6", false, true),
            ("/lib64/ld-linux-x86-64.so.2", false, true),
            ("/usr/local/lib/libduckdb.so", false, false),
            ("/usr/src/app/target/debug/deps/libapp.so", false, false),
            ("/library/libapp.so", false, false),
            ("/usr/lib/app/tests", true, false),
        ] {
            let mapping = Mapping {
                start: 0,
                end: 1,
                offset: 0,
                path: path.into(),
                program,
            };
            assert_eq!(mapping.is_distributed(), is_distributed, "{path}");
        }
    }
}
