//! A fresh database for every test.

use std::env;

use super::Bench;
use crate::compare::{Entrant, passes};
use crate::contender::{Contender, Test};
use crate::project::write;
use crate::report::Section;

const DUCKDB: &str = "duckdb = { version = \"=1.10506.1\", default-features = false }";
const ISOLATE: &str =
    "isolate-test = { path = \"$ISOLATE\" }\nduckdb = { version = \"=1.10506.1\", default-features = false }";
const SCHEMA: &str = "CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT, started TIMESTAMP);\n\
                      CREATE TABLE messages (id TEXT PRIMARY KEY, session TEXT, tokens INTEGER);\n\
                      CREATE INDEX messages_by_session ON messages (session);\n";
const BODY: &str = "database.execute(\"INSERT INTO sessions (id) VALUES ('one')\", []).unwrap();\n\
                    let count: i64 = database.query_row(\"SELECT count(*) FROM sessions\", [], |row| row.get(0)).unwrap();\n\
                    assert_eq!(count, 1);";

pub fn run(bench: &Bench) -> Vec<Section> {
    let count = if bench.size.quick { 50 } else { 200 };
    let mut entrants = Vec::new();
    for name in ["libtest", "isolate", "nextest"] {
        if !bench.takes(name) {
            continue;
        }
        let contender = Contender::named(name);
        if env::var_os("DUCKDB_LIB_DIR").is_none() {
            entrants.push(Bench::absent(
                name,
                contender.gives,
                "DUCKDB_LIB_DIR isn't set: `eval \"$(./x env)\"`",
            ));
        } else {
            entrants.push(entrant(bench, contender, count));
        }
    }
    let absent = [
        ("isolate, SQLite", "there is no such fixture yet"),
        ("isolate, PostgreSQL", "there is no such fixture yet"),
        ("sqlx::test, SQLite", "no row of isolate to compare it with yet"),
        ("sqlx::test, PostgreSQL", "no row of isolate to compare it with yet"),
    ];
    entrants.extend(absent.map(|(name, reason)| Bench::absent(name, "a fresh database per test", reason)));
    vec![Section::Comparison(bench.compare(
        "database",
        &format!("{count} tests with a fresh DuckDB each"),
        "Two tables and an index, a row written and read. libtest and nextest open one in memory and create the schema by hand; \
         isolate's is a file, checked for what the test leaves open.",
        &entrants,
    ))]
}

fn entrant(bench: &Bench, contender: &Contender, count: usize) -> Entrant {
    let isolated = contender.name == "isolate";
    let contender = contender.depending(if isolated { ISOLATE } else { DUCKDB });
    let body = if isolated {
        format!("let database = db.connection().unwrap();\n{BODY}")
    } else {
        format!(
            "let database = duckdb::Connection::open_in_memory().unwrap();\n\
             database.execute_batch(include_str!(\"../schema.sql\")).unwrap();\n{BODY}"
        )
    };
    let mut source = contender.source(&Test::many(count, &body, ""));
    if isolated {
        source = source
            .replace("#[isolated]", "#[isolated(db(schema = \"schema.sql\"))]")
            .replace("() {", "(db: &Db) {");
    }
    let written = write(
        &bench.places.project("database", contender.name),
        &[("schema.sql", SCHEMA)],
    );
    let mut entrant = bench.written("database", &contender, &source, passes(count));
    entrant.suite = entrant
        .suite
        .and_then(|suite| written.map(|()| suite).map_err(|error| error.to_string()));
    entrant
}
