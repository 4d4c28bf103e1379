//! What can go wrong in this crate. Each variant is raised by the module that its documentation names; the wording is here,
//! in one place, so that the same failure always reads the same.

use std::{
    error::Error as StdError, fmt, io, net::SocketAddr, ops::RangeInclusive, panic::Location, path::PathBuf, process,
};

/// The result of a test or a fixture: `?` works on any error.
pub type Result<T = (), E = Box<dyn StdError + Send + Sync>> = std::result::Result<T, E>;

/// A cause whose type is somebody else's.
pub(crate) type Source = Box<dyn StdError + Send + Sync>;

/// What stopped `isolate` from giving a test what it asked for.
#[non_exhaustive]
pub enum Error {
    /// A file or a directory of the run could not be made, read or removed.
    File {
        /// What was attempted, as in "cannot …".
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The directory that holds all runs could not be made.
    NoBaseDirectory {
        /// Where it was to be made.
        parent: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The directory that holds all runs can't be trusted with a test's files.
    BaseDirectory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `ISOLATE_KEEP` has a value that means nothing.
    Keep {
        /// The value.
        value: String,
    },
    /// Every block of ports is leased.
    PortBlocks {
        /// How many blocks there are.
        blocks: usize,
        /// How many of them each process holds.
        holders: Vec<(Holder, usize)>,
    },
    /// A worker's block has no free port left.
    Ports {
        /// The port's name in the attribute.
        name: &'static str,
        /// The worker's block.
        range: RangeInclusive<u16>,
        /// Who holds the ports of the block, with the number of ports; this test itself comes as `None`.
        holders: Vec<(Option<Holder>, usize)>,
    },
    /// A test's port could not be bound.
    Bind {
        /// The port's name in the attribute.
        name: &'static str,
        /// Its address.
        addr: SocketAddr,
        /// `"tcp"` or `"udp"`.
        protocol: &'static str,
        /// Where the test has bound it before, if that socket is still open.
        before: Option<&'static Location<'static>>,
        /// Who holds it, where that is known.
        holder: Option<Holder>,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A schema file could not be read.
    Schema {
        /// The full path that was tried.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A statement of a schema file failed.
    Sql {
        /// The schema file.
        path: PathBuf,
        /// The line on which the statement starts.
        line: usize,
        /// Which statement of the file, from 1.
        number: usize,
        /// Its first words.
        statement: String,
        /// DuckDB's reason.
        source: Source,
    },
    /// The function that fills a database failed.
    Seed {
        /// Its path.
        function: String,
        /// What it said.
        reason: String,
    },
    /// A test's database could not be opened.
    Database {
        /// The database file.
        path: PathBuf,
        /// DuckDB's reason.
        source: Source,
    },
    /// A test's database is already open through its path, so that a connection of the fixture would not see its changes.
    DatabaseOpenByPath {
        /// The database file.
        path: PathBuf,
    },
    /// A connection or statement outlived its test.
    DatabaseUnclosed {
        /// The database file.
        path: PathBuf,
        /// Where the test took a connection or the path.
        places: Vec<(&'static str, &'static Location<'static>)>,
    },
}

/// A process that holds something that a test needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process id, unless the kernel hides it: another user's process, or one that is gone.
    pub pid: Option<u32>,
    /// Its command line; empty where it can't be read.
    pub command: String,
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::File { source, .. }
            | Self::NoBaseDirectory { source, .. }
            | Self::Bind { source, .. }
            | Self::Schema { source, .. } => Some(source),
            Self::Sql { source, .. } | Self::Database { source, .. } => Some(source.as_ref()),
            Self::BaseDirectory { .. }
            | Self::Keep { .. }
            | Self::PortBlocks { .. }
            | Self::Ports { .. }
            | Self::Seed { .. }
            | Self::DatabaseOpenByPath { .. }
            | Self::DatabaseUnclosed { .. } => None,
        }
    }
}

/// The text, since a test that returns an error is shown by its `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::NoBaseDirectory { parent, source } => write!(
                f,
                "no directory for the files of tests can be made in {}: {source}\nset TMPDIR to one that you can write to",
                parent.display()
            ),
            Self::BaseDirectory { path, reason } => write!(
                f,
                "{} can't hold the files of tests: {reason}\nremove it, or set TMPDIR to a directory of your own",
                path.display()
            ),
            Self::Keep { value } => write!(
                f,
                "ISOLATE_KEEP={value} is not one of its values: failed (keep the directories of failed tests; the \
                 default), all, none"
            ),
            Self::PortBlocks { blocks, holders } => {
                write!(f, "all {blocks} blocks of 100 ports are leased on this machine")?;
                for (holder, count) in holders {
                    write!(f, "\n  {count} by {holder}")?;
                }
                f.write_str("\nend the test runs that you don't need, or run with fewer test threads")
            }
            Self::Ports { name, range, holders } => {
                let (first, last) = (range.start(), range.end());
                write!(
                    f,
                    "no free port for `{name}`: all of {first}-{last}, this worker's block, are taken"
                )?;
                for (holder, count) in holders {
                    match holder {
                        Some(holder) => write!(f, "\n  {count} by {holder}")?,
                        None => write!(f, "\n  {count} by this test, for its other ports")?,
                    }
                }
                f.write_str("\nend these processes, or ask for fewer ports")
            }
            Self::Bind {
                name,
                addr,
                protocol,
                before,
                holder,
                source,
            } => {
                write!(f, "cannot bind port `{name}` ({addr}, {protocol}): {source}")?;
                if let Some(before) = before {
                    write!(f, "\nthis test has bound it before, at {before}, and it is still open")?;
                    return f.write_str("\nclose that socket first, or share it with `try_clone`");
                }
                match holder {
                    Some(holder) => write!(f, "\nit is held by {holder}"),
                    None => Ok(()),
                }
            }
            Self::Schema { path, source } => write!(
                f,
                "cannot read the schema {}: {source}\n`db(schema = \"…\")` is read relative to the directory of the \
                 crate's Cargo.toml",
                path.display()
            ),
            Self::Sql {
                path,
                line,
                number,
                statement,
                source,
            } => {
                write!(
                    f,
                    "{}:{line}: statement {number} (`{statement}`) failed: {source}",
                    path.display()
                )
            }
            Self::Seed { function, reason } => write!(f, "the seed `{function}` of the database failed: {reason}"),
            Self::Database { path, source } => write!(f, "cannot open the database {}: {source}", path.display()),
            Self::DatabaseOpenByPath { path } => write!(
                f,
                "{} is already open through `Db::path()`: a connection of its own would not see the changes made \
                 there\nclose what was opened by path first, or give it a `db.connection()`",
                path.display()
            ),
            Self::DatabaseUnclosed { path, places } => {
                let file = path.file_name().unwrap_or(path.as_os_str()).display();
                write!(f, "a connection or statement outlived the test: {file} is still open")?;
                for (what, place) in places {
                    write!(f, "\n  {what} taken at {place}")?;
                }
                f.write_str("\nlet it go before the test returns: end the thread, task or static that holds it")
            }
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            None => f.write_str("a process that can't be seen from here"),
            Some(pid) if pid == process::id() => f.write_str("this test's own process"),
            Some(pid) if self.command.is_empty() => write!(f, "process {pid}"),
            Some(pid) => write!(f, "process {pid} ({})", self.command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_mark_turns_it_into_the_error_of_a_test_and_keeps_the_cause() {
        fn test() -> Result {
            let source = io::ErrorKind::NotFound.into();
            Err(Error::File {
                action: "read",
                path: "x".into(),
                source,
            })?;
            Ok(())
        }
        let error = test().unwrap_err();
        assert_eq!(error.to_string(), "cannot read x: entity not found");
        assert_eq!(error.source().unwrap().to_string(), "entity not found");
    }

    #[test]
    fn a_holder_reads_as_what_is_known_of_it() {
        let text = |pid, command: &str| {
            Holder {
                pid,
                command: command.into(),
            }
            .to_string()
        };
        assert_eq!(text(Some(1), "init"), "process 1 (init)");
        assert_eq!(text(Some(1), ""), "process 1");
        assert_eq!(text(None, ""), "a process that can't be seen from here");
        assert_eq!(text(Some(process::id()), "me"), "this test's own process");
    }
}
