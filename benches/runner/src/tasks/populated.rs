//! A database full of rows for every test, which may change them.

use super::Bench;
use super::duckdb::Suite;
use crate::compare::{Comparison, passes, seconds};
use crate::report::{Facts, Section};

const SEED: &str = "CREATE TABLE messages (id INTEGER PRIMARY KEY, session INTEGER, text TEXT);\n\
                    INSERT INTO messages SELECT i, i % 1000, 'message ' || i FROM range(100000) AS rows(i);\n\
                    CREATE INDEX messages_by_session ON messages (session);\n";

const USING: Suite = Suite {
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

const ASKING: Suite = Suite {
    task: "populated-asking",
    body: "let _ = database;",
    ..USING
};

/// Of a suite's tests, for what a suite takes that has hardly any.
const FEW: usize = 4;

pub fn run(bench: &Bench) -> Vec<Section> {
    let count = USING.count;
    let using = bench.compare(
        USING.task,
        &format!("{count} tests over a DuckDB of 100,000 indexed rows each"),
        "A test looks a row up, changes it, adds two, and counts those of a session. libtest and nextest build the database in every test; isolate builds it \
         once, and a test's process has a copy-on-write copy. Goal: 50 times as fast as building it per test.",
        &USING.entrants(bench, &["libtest", "isolate process", "nextest"]),
    );
    let using_few = few(bench, &USING, "that use it");
    let asking = bench.compare(
        ASKING.task,
        &format!("{count} tests that ask for that DuckDB, and do nothing with it"),
        "",
        &ASKING.entrants(bench, &["libtest", "isolate process"]),
    );
    let asking_few = few(bench, &ASKING, "that ask for it");
    let each = Facts {
        title: "What each such test more takes".to_owned(),
        note: format!(
            "The time of {count} tests less that of {FEW}, divided by {}: without what a suite pays once, which is the one build of isolate's database.",
            count - FEW
        ),
        head: ["", "libtest", "isolate process", "libtest / isolate"]
            .map(str::to_owned)
            .into(),
        lines: [("uses it", &using, &using_few), ("asks for it", &asking, &asking_few)]
            .into_iter()
            .filter_map(|(what, all, few)| each_more(what, all, few))
            .collect(),
        regressed: false,
    };
    vec![using, using_few, asking, asking_few, Section::Facts(each)]
}

/// The first of a suite's tests alone.
fn few(bench: &Bench, suite: &Suite, which: &str) -> Section {
    let mut entrants = suite.entrants(bench, &["libtest", "isolate process"]);
    for entrant in &mut entrants {
        entrant.arguments.push("--exact".to_owned());
        entrant.arguments.extend((0..FEW).map(|n| format!("t{n:05}")));
        entrant.judge = passes(FEW);
    }
    bench.compare(
        &format!("{}-{FEW}", suite.task),
        &format!("{FEW} of those {which}"),
        "",
        &entrants,
    )
}

fn each_more(what: &str, all: &Section, few: &Section) -> Option<Vec<String>> {
    let (Section::Comparison(all), Section::Comparison(few)) = (all, few) else {
        return None;
    };
    let median = |comparison: &Comparison, name| {
        let line = comparison.lines.iter().find(|line| line.name == name)?;
        Some(line.spread(|cost| seconds(cost.wall))?.median)
    };
    #[expect(clippy::cast_precision_loss, reason = "a hundred")]
    let more = (USING.count - FEW) as f64;
    let each = |name| Some((median(all, name)? - median(few, name)?) / more * 1000.0);
    let (libtest, isolate) = (each("libtest")?, each("isolate process")?);
    Some(vec![
        what.to_owned(),
        format!("{libtest:.1} ms"),
        format!("{isolate:.2} ms"),
        format!("{:.0}", libtest / isolate),
    ])
}
