//! A fresh database for every test: DuckDB, SQLite, PostgreSQL.

use super::Bench;
use super::duckdb::Suite;
use super::sqlx::{self, POSTGRES, SQLITE};
use crate::report::Section;

const SCHEMA: &str = "CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT, started TIMESTAMP);\n\
                      CREATE TABLE messages (id TEXT PRIMARY KEY, session TEXT, tokens INTEGER);\n\
                      CREATE INDEX messages_by_session ON messages (session);\n";

pub fn run(bench: &Bench) -> Vec<Section> {
    let count = if bench.size.quick { 50 } else { 200 };
    vec![
        duckdb(bench, count),
        sqlx::compare(bench, &SQLITE, SCHEMA, count),
        sqlx::compare(bench, &POSTGRES, SCHEMA, count / 2),
    ]
}

fn duckdb(bench: &Bench, count: usize) -> Section {
    let suite = Suite {
        task: "database",
        count,
        script: ("schema.sql", SCHEMA),
        fixture: "db(schema = \"schema.sql\")",
        body: "database.execute(\"INSERT INTO sessions (id) VALUES ('one')\", []).unwrap();\n\
               let count: i64 = database.query_row(\"SELECT count(*) FROM sessions\", [], |row| row.get(0)).unwrap();\n\
               assert_eq!(count, 1);",
    };
    let in_memory = Suite {
        task: "database-memory",
        fixture: "db(memory, schema = \"schema.sql\")",
        ..suite
    };
    let mut entrants = suite.entrants(bench, &["libtest", "isolate"]);
    for mut entrant in in_memory.entrants(bench, &["isolate", "isolate process"]) {
        entrant.name += " in memory";
        entrants.push(entrant);
    }
    entrants.extend(suite.entrants(bench, &["nextest"]));
    bench.compare(
        suite.task,
        &format!("{count} tests with a fresh DuckDB each"),
        "Two tables and an index, a row written and read. libtest and nextest open one in memory and create the schema by hand; \
         isolate's is a file, or in memory, and checked for what the test leaves open. A test with a process of its own has a \
         copy of one that its worker has made once.",
        &entrants,
    )
}
