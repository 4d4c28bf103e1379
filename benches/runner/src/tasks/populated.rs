//! A database full of rows for every test, which may change them.

use super::Bench;
use super::duckdb::Suite;
use crate::report::Section;

const SEED: &str = "CREATE TABLE messages (id INTEGER PRIMARY KEY, session INTEGER, text TEXT);\n\
                    INSERT INTO messages SELECT i, i % 1000, 'message ' || i FROM range(100000) AS rows(i);\n\
                    CREATE INDEX messages_by_session ON messages (session);\n";

pub fn run(bench: &Bench) -> Vec<Section> {
    let suite = Suite {
        task: "populated",
        count: 100,
        script: ("seed.sql", SEED),
        fixture: "db(memory, seed = \"seed.sql\")",
        body: "let text: String = database.query_row(\"SELECT text FROM messages WHERE id = 4711\", [], |row| row.get(0)).unwrap();\n\
               assert_eq!(text, \"message 4711\");\n\
               database.execute(\"UPDATE messages SET text = 'changed' WHERE id = 4711\", []).unwrap();\n\
               database.execute(\"INSERT INTO messages VALUES (100000, 7, 'new'), (100001, 7, 'newer')\", []).unwrap();\n\
               let count: i64 = database.query_row(\"SELECT count(*) FROM messages WHERE session = 7\", [], |row| row.get(0)).unwrap();\n\
               assert_eq!(count, 102);",
    };
    vec![bench.compare(
        suite.task,
        &format!("{} tests over a DuckDB of 100,000 indexed rows each", suite.count),
        "A test looks a row up, changes it, adds two, and counts those of a session. libtest and nextest build the database in every test; isolate builds it \
         once, and a test's process has a copy-on-write copy. Goal: 50 times as fast as building it per test.",
        &suite.entrants(bench, &["libtest", "isolate process", "nextest"]),
    )]
}
