//! A database full of rows for every test, which may change them.

use std::env;

use super::Bench;
use crate::compare::{Entrant, passes};
use crate::contender::{Contender, Test};
use crate::project::write;
use crate::report::Section;

const DUCKDB: &str = "duckdb = { version = \"=1.10506.1\", default-features = false }";
const ISOLATE: &str =
    "isolate-test = { path = \"$ISOLATE\" }\nduckdb = { version = \"=1.10506.1\", default-features = false }";
const SEED: &str = "CREATE TABLE messages (id INTEGER PRIMARY KEY, session INTEGER, text TEXT);\n\
                    INSERT INTO messages SELECT i, i % 1000, 'message ' || i FROM range(100000) AS rows(i);\n\
                    CREATE INDEX messages_by_session ON messages (session);\n";
const BODY: &str = "database.execute(\"DELETE FROM messages WHERE session = 7\", []).unwrap();\n\
                    let count: i64 = database.query_row(\"SELECT count(*) FROM messages\", [], |row| row.get(0)).unwrap();\n\
                    assert_eq!(count, 99_900);";

pub fn run(bench: &Bench) -> Vec<Section> {
    let count = 100;
    let entrants: Vec<Entrant> = ["libtest", "isolate process", "nextest"]
        .into_iter()
        .filter(|name| bench.takes(name))
        .map(|name| {
            let contender = Contender::named(name);
            if env::var_os("DUCKDB_LIB_DIR").is_none() {
                return Bench::absent(name, contender.gives, "DUCKDB_LIB_DIR isn't set: `eval \"$(./x env)\"`");
            }
            entrant(bench, contender, count)
        })
        .collect();
    vec![Section::Comparison(bench.compare(
        "populated",
        &format!("{count} tests over a DuckDB of 100,000 indexed rows each"),
        "A test deletes some rows and counts the rest. libtest and nextest build the database in every test; isolate builds it \
         once in each worker, and a test's process has a copy-on-write copy. Goal: 50 times as fast as building it per test.",
        &entrants,
    ))]
}

fn entrant(bench: &Bench, contender: &Contender, count: usize) -> Entrant {
    let isolated = contender.name == "isolate process";
    let contender = contender.depending(if isolated { ISOLATE } else { DUCKDB });
    let body = if isolated {
        format!("let database = db.connection().unwrap();\n{BODY}")
    } else {
        format!(
            "let database = duckdb::Connection::open_in_memory().unwrap();\n\
             database.execute_batch(include_str!(\"../seed.sql\")).unwrap();\n{BODY}"
        )
    };
    let mut source = contender.source(&Test::many(count, &body, ""));
    if isolated {
        source = source
            .replace(
                "#[isolated(process)]",
                "#[isolated(process, db(memory, seed = \"seed.sql\"))]",
            )
            .replace("() {", "(db: &Db) {");
    }
    let written = write(
        &bench.places.project("populated", contender.name),
        &[("seed.sql", SEED)],
    );
    let mut entrant = bench.written("populated", &contender, &source, passes(count));
    entrant.suite = entrant
        .suite
        .and_then(|suite| written.map(|()| suite).map_err(|error| error.to_string()));
    entrant
}
