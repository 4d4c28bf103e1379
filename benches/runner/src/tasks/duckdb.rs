//! Suites over a DuckDB, which isolate's tests get from a fixture and all others make by hand.

use std::env;

use super::Bench;
use crate::compare::{Entrant, passes};
use crate::contender::{Contender, Test};
use crate::project::write;

/// That of everybody who links one.
pub const DEPENDENCY: &str = "duckdb = { version = \"=1.10506.1\", default-features = false }";
const ISOLATE: &str =
    "isolate-test = { path = \"$ISOLATE\" }\nduckdb = { version = \"=1.10506.1\", default-features = false }";

/// What all tests of such a suite have in common.
#[derive(Clone, Copy)]
pub struct Suite {
    pub task: &'static str,
    pub count: usize,
    /// A file of statements, and what is in it.
    pub script: (&'static str, &'static str),
    /// What isolate's tests list to get a database on which the script has run.
    pub fixture: &'static str,
    /// The test, which calls its connection `database`.
    pub body: &'static str,
}

impl Suite {
    /// The contenders of these names, with their suites built if there is a DuckDB.
    pub fn entrants(&self, bench: &Bench, names: &[&str]) -> Vec<Entrant> {
        let names = names.iter().filter(|name| bench.takes(name));
        names.map(|name| self.entrant(bench, Contender::named(name))).collect()
    }

    fn entrant(&self, bench: &Bench, contender: &Contender) -> Entrant {
        if let Err(reason) = linked() {
            return Bench::absent(contender.name, contender.gives, reason);
        }
        let (name, statements) = self.script;
        let isolated = contender.name.starts_with("isolate");
        let connection = if isolated {
            "let database = db.connection().unwrap();\n".to_owned()
        } else {
            format!(
                "let database = duckdb::Connection::open_in_memory().unwrap();\n\
                 database.execute_batch(include_str!(\"../{name}\")).unwrap();\n"
            )
        };
        let contender = contender.depending(if isolated { ISOLATE } else { DEPENDENCY });
        let mut source = contender.source(&Test::many(self.count, &(connection + self.body), ""));
        if isolated {
            source = source
                .replace("#[isolated]", &format!("#[isolated({})]", self.fixture))
                .replace(
                    "#[isolated(process)]",
                    &format!("#[isolated(process, {})]", self.fixture),
                )
                .replace("() {", "(db: &Db) {");
        }
        let project = bench.places.project(self.task, contender.name);
        let written = write(&project, &[(name, statements)]).map_err(|error| error.to_string());
        let mut entrant = bench.written(self.task, &contender, &source, passes(self.count));
        entrant.suite = written.and(entrant.suite);
        entrant
    }
}

/// Whether there is a DuckDB to link.
pub fn linked() -> Result<(), &'static str> {
    match env::var_os("DUCKDB_LIB_DIR") {
        Some(_) => Ok(()),
        None => Err("DUCKDB_LIB_DIR isn't set: `eval \"$(./x env)\"`"),
    }
}
