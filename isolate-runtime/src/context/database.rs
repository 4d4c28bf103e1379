//! The `db` fixture: there is one in a test, and what all who ask for it say of it has to fit together.

use std::cell::RefCell;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::Context;
use crate::case::TestCase;
use crate::directory::Place;
use crate::failure::Failure;
use crate::fixtures::{Db, Seed, Source, prepare};

/// What somebody says of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    in_memory: bool,
    source: Source,
}

/// What a test gets copies of: whether fixtures that outlive it, and which databases.
#[derive(Default)]
pub(super) struct Asked {
    pub fixtures: bool,
    databases: Vec<Source>,
}

impl Context {
    /// The `db` fixture. A schema is a path relative to the test's package; whoever asks without one takes what is there.
    pub fn db(&self, schema: Option<&str>) -> Result<&Db, Failure> {
        let wanted = self.wanted(false, schema, None);
        if let Some(reason) = self.mismatch(&wanted).filter(|_| schema.is_some()) {
            return Err(Failure::new(reason));
        }
        let open = || Ok(Db::open(self.directory()?, Path::new(self.case().crate_dir), schema)?);
        self.built_in("db", open, end)
    }

    /// The same in memory: a copy of what [`prepare_db`](Self::prepare_db) has built, or one of the test's own.
    pub fn db_in_memory(&self, schema: Option<&str>, seed: Option<&Seed>) -> Result<&Db, Failure> {
        let wanted = self.wanted(true, schema, seed);
        if let Some(reason) = self.mismatch(&wanted) {
            return Err(Failure::new(reason));
        }
        self.built_in("db", || Db::in_memory(&wanted.source, seed), end)
    }

    /// Builds the database that goes into a copy of this process.
    pub fn prepare_db(&self, schema: Option<&str>, seed: Option<&Seed>) -> Result<(), Failure> {
        let source = self.wanted(true, schema, seed).source;
        if let Some(asked) = &self.asked {
            let databases = &mut asked.borrow_mut().databases;
            if !databases.contains(&source) {
                databases.push(source);
            }
            return Ok(());
        }
        prepare(&source, seed)
    }

    /// A number for the databases in memory that a test with a process of its own gets copies of, which is the same for
    /// tests that get the same. 0 if there is none that takes long to build, or anything else outlives the test.
    pub(crate) fn databases_of(case: &'static TestCase) -> u64 {
        if !case.prepares {
            return 0;
        }
        let context = Self::asking(case);
        let said = catch_unwind(AssertUnwindSafe(|| case.body.call(&context)));
        let asked = context.asked.map(RefCell::into_inner).unwrap_or_default();
        let takes_long = |source: &Source| source.schema.is_some() || source.seed.is_some();
        if !matches!(said, Ok(Ok(()))) || asked.fixtures || !asked.databases.iter().any(takes_long) {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        asked.databases.hash(&mut hasher);
        hasher.finish().max(1)
    }

    /// For a process that only wants to know what there is to build.
    fn asking(case: &'static TestCase) -> Self {
        let nowhere = Place::InWorker {
            worker: Path::new(""),
            test: "",
            n: 0,
        };
        Self {
            asked: Some(RefCell::default()),
            ..Self::preparing(case, nowhere)
        }
    }

    fn wanted(&self, in_memory: bool, schema: Option<&str>, seed: Option<&Seed>) -> Wanted {
        let source = Source::new(Path::new(self.case().crate_dir), schema, seed);
        Wanted { in_memory, source }
    }

    fn mismatch(&self, wanted: &Wanted) -> Option<String> {
        let made = self.database.get_or_init(|| wanted.clone());
        (made != wanted).then(|| {
            format!(
                "this test's `db` can't have {wanted}: it was made before, with {}\n  list it as it has to be, as in \
                 `db(schema = \"…\")`, first in the test's `#[isolated(…)]`",
                made.briefly()
            )
        })
    }
}

fn end(db: Box<dyn std::any::Any>) -> Vec<Failure> {
    match db.downcast::<Db>().map(|db| db.close()) {
        Ok(Err(error)) => vec![error.into()],
        _ => Vec::new(),
    }
}

impl Wanted {
    fn briefly(&self) -> String {
        match &self.source.schema {
            None if !self.in_memory => "none".to_owned(),
            Some(schema) if !self.in_memory => schema.display().to_string(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source.schema {
            Some(schema) => write!(f, "the schema {}", schema.display())?,
            None => f.write_str("no schema")?,
        }
        if self.in_memory {
            f.write_str(" in memory")?;
        }
        match &self.source.seed {
            Some(seed) => write!(f, ", and the seed `{seed}`"),
            None => Ok(()),
        }
    }
}
