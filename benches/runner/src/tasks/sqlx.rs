//! Suites over a database of sqlx's: a set-up by hand, `sqlx::test`, and the fixtures that isolate's documentation shows.

use std::fmt::Write as _;

use super::Bench;
use crate::compare::{Entrant, passes};
use crate::contender::Contender;
use crate::postgres::Server;
use crate::project::write;
use crate::report::Section;

/// The same for all, so that what differs is who makes the databases. Both systems, so that it is built once.
const SQLX: &str = "sqlx = { version = \"=0.9.0\", default-features = false, features = [\"runtime-tokio\", \"macros\", \"migrate\", \
                    \"postgres\", \"sqlite\"] }";
const TOKIO: &str = "tokio = { version = \"1.54\", features = [\"macros\", \"rt\"] }";
const ISOLATE: &str = "isolate-test = { path = \"$ISOLATE\", default-features = false, features = [\"tokio\"] }";
/// Writes a row and reads it; all tests call the pool `pool`.
const BODY: &str = "    sqlx::query(\"INSERT INTO sessions (id) VALUES ('one')\").execute(pool).await.unwrap();\n    \
                    let count: i64 = sqlx::query_scalar(\"SELECT count(*) FROM sessions\").fetch_one(pool).await.unwrap();\n    \
                    assert_eq!(count, 1);\n";
/// The fixtures that are measured are those that users copy.
const RECIPES: &str = include_str!("../../../../docs/migrating.md");

/// A database system.
pub struct System {
    name: &'static str,
    id: &'static str,
    /// Its pool, in sqlx's words.
    pool: &'static str,
    /// A set-up by hand.
    by_hand: &'static str,
    served: bool,
    note: &'static str,
}

pub const SQLITE: System = System {
    name: "SQLite",
    id: "database-sqlite",
    pool: "sqlx::SqlitePool",
    by_hand: include_str!("../../../suites/sqlite.rs"),
    served: false,
    note: "Two tables and an index, a row written and read, all with sqlx and all in files. By hand and with `sqlx::test` the schema \
           is created in each; isolate's tests get a copy of a file.",
};

pub const POSTGRES: System = System {
    name: "PostgreSQL",
    id: "database-postgres",
    pool: "sqlx::PgPool",
    by_hand: include_str!("../../../suites/postgres.rs"),
    served: true,
    note: "As with SQLite; isolate's tests get a copy of a template. The server is one of this run's own, on a Unix socket and \
           without `fsync`; its CPU time isn't counted. It takes most of the time for each to create a database and drop it.",
};

/// All contenders with that system.
pub fn compare(bench: &Bench, system: &System, schema: &str, count: usize) -> Section {
    let server = if system.served {
        Server::start().map(Some)
    } else {
        Ok(None)
    };
    let names = ["libtest", "isolate", "sqlx::test", "nextest", "isolate under nextest"];
    let entrants: Vec<Entrant> = names
        .into_iter()
        .filter(|name| bench.takes(name))
        .map(|name| match &server {
            Ok(server) => entrant(bench, system, Contender::named(name), schema, count, server.as_ref()),
            Err(reason) => Bench::absent(name, Contender::named(name).gives, reason),
        })
        .collect();
    bench.compare(
        system.id,
        &format!("{count} tests with a fresh {} each", system.name),
        system.note,
        &entrants,
    )
}

fn entrant(
    bench: &Bench,
    system: &System,
    contender: &Contender,
    schema: &str,
    count: usize,
    server: Option<&Server>,
) -> Entrant {
    let (more, head, test) = if contender.name == "sqlx::test" {
        (
            "",
            String::new(),
            format!(
                "#[sqlx::test]\nasync fn NAME(pool: {}) {{\n    let pool = &pool;\n",
                system.pool
            ),
        )
    } else if contender.name.starts_with("isolate") {
        let test = "#[isolated]\nasync fn NAME(database: &Database) {\n    let pool = &database.pool;\n";
        (ISOLATE, recipe(system.pool), test.to_owned())
    } else {
        let test = "#[tokio::test]\nasync fn NAME() {\n    let database = Database::fresh(\"NAME\").await;\n    \
                    let pool = &database.pool;\n";
        (TOKIO, system.by_hand.to_owned(), test.to_owned())
    };
    let end = if more == TOKIO {
        "    database.remove().await;\n}\n"
    } else {
        "}\n"
    };
    let mut source = head;
    for number in 0..count {
        let name = format!("t{number:05}");
        let _ = write!(source, "\n{}{BODY}{end}", test.replace("NAME", &name));
    }
    let contender = contender.depending(format!("{SQLX}\n{more}").leak());
    let project = bench.places.project(system.id, contender.name);
    let written = write(&project, &[("migrations/1_schema.sql", schema)]).map_err(|error| error.to_string());
    let mut entrant = bench.written(system.id, &contender, &source, passes(count));
    entrant.suite = written.and(entrant.suite);
    if let (Ok(suite), Some(server)) = (&mut entrant.suite, server) {
        suite.variables.push(("DATABASE_URL".to_owned(), server.url()));
    }
    entrant
}

/// The fixtures for that kind of pool, as the documentation has them.
fn recipe(pool: &str) -> String {
    let pool = pool.trim_start_matches("sqlx::");
    let mut blocks = RECIPES.split("```rust\n").filter_map(|rest| rest.split("```").next());
    let block = blocks.find(|block| block.contains("#[fixture]") && block.contains(pool));
    let block = block.expect("docs/migrating.md has fixtures with sqlx's pools");
    // Its example of a test stays out.
    block.split("\n#[isolated]").next().unwrap_or(block).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_fixtures_for_both() {
        for system in [SQLITE, POSTGRES] {
            let recipe = recipe(system.pool);
            assert!(recipe.contains("async fn template()"), "{}", system.name);
            assert!(!recipe.contains("#[isolated"), "{}", system.name);
        }
    }
}
