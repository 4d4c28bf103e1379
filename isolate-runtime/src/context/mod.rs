//! What a running test owns: its fixtures, each built once when the test first asks for it, and its directory. The
//! macro's code asks; whoever runs the test tears everything down in reverse order.

mod list;

use std::cell::{OnceCell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use self::list::AppendList;
use crate::case::TestCase;
use crate::directory;
use crate::failure::Failure;
#[cfg(feature = "db")]
use crate::fixtures::Db;
use crate::fixtures::{Port, Storage};
use crate::payload;
use crate::worker;

/// The fixtures of one running test.
pub struct Context {
    case: &'static TestCase,
    /// Where the test's directory is, once something needs it.
    place: PathBuf,
    directory: OnceCell<()>,
    built: AppendList<Built>,
    taken_ports: RefCell<Vec<u16>>,
}

/// A fixture that exists.
enum Built {
    Storage(Storage),
    Port(&'static str, Port),
    #[cfg(feature = "db")]
    Db(Db),
}

impl Context {
    /// Nothing is built yet. `place` does not exist yet, its parent does.
    pub(crate) fn new(case: &'static TestCase, place: PathBuf) -> Self {
        Self {
            case,
            place,
            directory: OnceCell::new(),
            built: AppendList::default(),
            taken_ports: RefCell::default(),
        }
    }

    /// The `storage` fixture.
    pub fn storage(&self) -> Result<&Storage, Failure> {
        self.once(
            |built| {
                if let Built::Storage(storage) = built {
                    Some(storage)
                } else {
                    None
                }
            },
            || Ok(Built::Storage(Storage::create(self.directory()?)?)),
        )
    }

    /// The `port` fixture, or one of several by their names.
    pub fn port(&self, name: &'static str) -> Result<&Port, Failure> {
        self.once(
            |built| {
                if let Built::Port(other, port) = built {
                    (*other == name).then_some(port)
                } else {
                    None
                }
            },
            || {
                Ok(Built::Port(
                    name,
                    Port::allocate(worker::ports()?, name, &mut self.taken_ports.borrow_mut())?,
                ))
            },
        )
    }

    /// The `db` fixture. A schema is a path relative to the test's package.
    #[cfg(feature = "db")]
    pub fn db(&self, schema: Option<&str>) -> Result<&Db, Failure> {
        self.once(
            |built| if let Built::Db(db) = built { Some(db) } else { None },
            || {
                Ok(Built::Db(Db::open(
                    self.directory()?,
                    Path::new(self.case.crate_dir),
                    schema,
                )?))
            },
        )
    }

    /// Takes everything down in reverse order of construction. An error in one never stops the rest; all are returned.
    pub(crate) fn tear_down(self) -> Vec<Failure> {
        let mut failures = Vec::new();
        for built in self.built.into_vec().into_iter().rev() {
            match catch_unwind(AssertUnwindSafe(|| built.tear_down())) {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => failures.push(failure),
                Err(panic) => {
                    failures.push(Failure::new(format!(
                        "a teardown panicked: {}",
                        payload::text(&*panic).unwrap_or("?")
                    )));
                }
            }
        }
        failures
    }

    fn once<'a, T>(
        &'a self,
        find: impl Fn(&'a Built) -> Option<&'a T>,
        build: impl FnOnce() -> Result<Built, Failure>,
    ) -> Result<&'a T, Failure> {
        if let Some(found) = self.built.iter().find_map(&find) {
            return Ok(found);
        }
        let new = self.built.push(build()?);
        Ok(find(new).expect("what was just built"))
    }

    fn directory(&self) -> Result<&Path, Failure> {
        if self.directory.get().is_none() {
            directory::make_test_directory(&self.place)?;
            let _ = self.directory.set(());
        }
        Ok(&self.place)
    }
}

impl Built {
    #[cfg_attr(
        not(feature = "db"),
        expect(clippy::unnecessary_wraps, reason = "closing a database can fail")
    )]
    fn tear_down(self) -> Result<(), Failure> {
        match self {
            Self::Storage(storage) => drop(storage),
            Self::Port(_, port) => drop(port),
            #[cfg(feature = "db")]
            Self::Db(db) => db.close()?,
        }
        Ok(())
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("case", &self.case.path)
            .finish_non_exhaustive()
    }
}
