//! Databases in memory, of which each test gets a copy.

#[cfg(test)]
mod tests {
    use duckdb::Connection;
    use isolate::prelude::*;

    fn built() {
        use std::io::Write as _;
        let path = std::path::Path::new(&std::env::var("E2E_DIR").unwrap()).join("built");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{}", std::process::id()).unwrap();
    }

    fn fill(connection: &Connection) -> duckdb::Result<()> {
        built();
        connection.execute_batch(
            "CREATE TABLE messages (id INTEGER, session INTEGER);
             INSERT INTO messages SELECT i, i % 10 FROM range(100000) t(i);
             CREATE INDEX messages_id ON messages (id);",
        )
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    fn changes(db: &Db) -> Result<()> {
        let connection = db.connection()?;
        assert_eq!(count(&connection, "messages"), 100_000);
        let other = db.connection()?;
        connection.execute("DELETE FROM messages WHERE id < 50000", [])?;
        connection.execute("INSERT INTO messages VALUES (7, 7)", [])?;
        assert_eq!(count(&other, "messages"), 50_001);
        Ok(())
    }

    #[isolated(process, db(memory, seed = fill))]
    fn copy_1(db: &Db) -> Result<()> {
        changes(db)
    }

    #[isolated(process, db(memory, seed = fill))]
    fn copy_2(db: &Db) -> Result<()> {
        changes(db)
    }

    #[isolated(process, db(memory, seed = super::fill))]
    mod copies {
        use isolate::prelude::*;

        #[test]
        fn copy_3(db: &Db) -> Result<()> {
            super::changes(db)
        }

        #[test]
        fn copy_4_raises_threads(db: &Db) -> Result<()> {
            let connection = db.connection()?;
            connection.execute_batch("SET threads = 3")?;
            let sum: i64 = connection.query_row("SELECT sum(id) FROM messages", [], |row| row.get(0))?;
            assert_eq!(sum, 4_999_950_000);
            assert!(std::fs::read_dir("/proc/self/task")?.count() > 1);
            connection.execute_batch("SET threads = 1")?;
            super::changes(db)
        }
    }

    #[isolated(db(memory, seed = fill))]
    fn shared_1(db: &Db) -> Result<()> {
        changes(db)
    }

    #[isolated(db(memory, seed = fill))]
    fn shared_2(db: &Db) -> Result<()> {
        changes(db)
    }

    #[isolated(process, db(memory, schema = "schema.sql", seed = "seed.sql"))]
    fn of_files(db: &Db) -> Result<()> {
        assert_eq!(count(&db.connection()?, "sessions"), 1001);
        Ok(())
    }

    #[fixture(db(memory, schema = "schema.sql", seed = "seed.sql"))]
    fn titles(db: &Db) -> Result<Vec<String>> {
        let connection = db.connection()?;
        let mut statement = connection.prepare("SELECT title FROM sessions WHERE id >= 999 ORDER BY id")?;
        let titles = statement.query_map([], |row| row.get(0))?;
        Ok(titles.collect::<duckdb::Result<_>>()?)
    }

    #[isolated(process)]
    fn of_a_fixture(titles: &Vec<String>, db: &Db) -> Result<()> {
        assert_eq!(*titles, ["session 999", "the last"]);
        assert_eq!(count(&db.connection()?, "sessions"), 1001);
        Ok(())
    }

    #[isolated(process, db(memory))]
    fn empty() -> Result<()> {
        db.connection()?.execute_batch("CREATE TABLE t (i INTEGER)")?;
        Ok(())
    }

    #[isolated(process, db(memory, schema = "schema.sql", seed = "broken.sql"))]
    fn broken() {
        drop(db.connection());
    }

    fn refuses(_: &Connection) -> Result<()> {
        Err("no rows today".into())
    }

    #[isolated(process, db(memory, seed = refuses))]
    fn refused() {
        drop(db.connection());
    }

    fn starts_threads(connection: &Connection) -> duckdb::Result<()> {
        connection.execute_batch("SET threads = 3; SELECT count(*) FROM range(1000000)")
    }

    #[isolated(process, db(memory, seed = starts_threads))]
    fn with_threads() {
        drop(db.connection());
    }

    #[isolated(process, db(memory))]
    fn has_no_path() {
        db.path();
    }

    #[isolated(db(memory))]
    fn leaves_a_connection() -> Result<()> {
        std::mem::forget(db.connection()?); // LEFT
        Ok(())
    }

    #[isolated(process, db)]
    fn asked_for_in_two_ways(titles: &Vec<String>) {
        drop(titles);
    }
}
