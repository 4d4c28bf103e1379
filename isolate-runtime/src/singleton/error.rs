//! What goes wrong when singletons are reset.

use std::error::Error;
use std::fmt;

use super::entry::Entry;

/// Singletons could not be reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetError(Vec<Cause>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// A reset panicked or returned an error.
    Failed { singleton: Place, message: String },
    /// The chain of `after`, the first named again at the end.
    Cycle(Vec<Place>),
    /// `after` names a static that nobody registered.
    Unregistered { singleton: Place, after: &'static str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    name: &'static str,
    file: &'static str,
    line: u32,
}

impl ResetError {
    pub(super) fn new(causes: Vec<Cause>) -> Result<(), Self> {
        if causes.is_empty() { Ok(()) } else { Err(Self(causes)) }
    }
}

impl From<&Entry> for Place {
    fn from(entry: &Entry) -> Self {
        Self {
            name: entry.name,
            file: entry.file,
            line: entry.line,
        }
    }
}

impl Error for ResetError {}

impl fmt::Display for ResetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, cause) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            cause.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { singleton, message } => write!(f, "singleton {singleton} could not be reset: {message}"),
            Self::Cycle(chain) => {
                f.write_str("singletons can't be reset in any order, since each is to be reset after the next: ")?;
                for (i, singleton) in chain.iter().enumerate() {
                    let arrow = if i > 0 { " -> " } else { "" };
                    write!(f, "{arrow}{singleton}")?;
                }
                f.write_str("; take one of them out of `after`")
            }
            Self::Unregistered { singleton, after } => write!(
                f,
                "singleton {singleton} is to be reset after `{after}`, which is not registered; put `#[singleton]` on it, \
                 or take it out of `after` (a `Resettable` is always reset before, and is not named)"
            ),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}:{})", self.name, self.file, self.line)
    }
}
