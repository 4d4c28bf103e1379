//! Tests with a database each.

#[cfg(test)]
mod tests {
    use std::thread;

    use isolate::prelude::*;

    #[isolated(db(schema = "schema.sql"))]
    fn a_inserts() {
        let connection = db.connection().unwrap();
        connection
            .execute("INSERT INTO sessions VALUES (1, 'first')", [])
            .unwrap();
        assert_eq!(count(&connection), 1);
    }

    #[isolated(db(schema = "schema.sql"))]
    fn b_is_empty(db: &Db) {
        assert_eq!(count(&db.connection().unwrap()), 0);
    }

    #[isolated(db(schema = "schema.sql"))]
    fn c_changes_settings(db: &Db) {
        let connection = db.connection().unwrap();
        connection
            .execute_batch("SET threads = 3; CREATE TEMP TABLE leftover (n INTEGER); ATTACH ':memory:' AS other;")
            .unwrap();
    }

    #[isolated(db(schema = "schema.sql"))]
    fn d_sees_none_of_it(db: &Db) {
        let connection = db.connection().unwrap();
        connection
            .execute_batch("CREATE TEMP TABLE leftover (n INTEGER); ATTACH ':memory:' AS other;")
            .unwrap();
    }

    #[isolated(process, network, files, db(schema = "schema.sql"))]
    fn has_files_of_its_own(db: &Db) {
        let connection = db.connection().unwrap();
        connection
            .execute("INSERT INTO sessions VALUES (1, 'first')", [])
            .unwrap();
        assert_eq!(count(&connection), 1);
        assert!(db.path().exists());
    }

    #[fixture(db(schema = "schema.sql"))]
    fn sessions(db: &Db) -> Result<i64> {
        let connection = db.connection()?;
        connection.execute("INSERT INTO sessions VALUES (1, 'first')", [])?;
        Ok(count(&connection))
    }

    #[isolated(sessions, db)]
    fn e_shares_what_a_fixture_has_loaded() {
        assert_eq!(*sessions, count(&db.connection().unwrap()));
    }

    #[isolated(db(schema = "schema.sql"), sessions)]
    fn f_loads_the_same_as_a_fixture() {
        assert_eq!(*sessions, 1);
    }

    #[isolated(db, sessions)]
    fn lacks_the_schema_of_another() {}

    #[isolated(db)]
    fn without_a_schema(db: &Db) {
        let tables: i64 = db
            .connection()
            .unwrap()
            .query_row("SELECT count(*) FROM duckdb_tables()", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }

    #[isolated(db(schema = "broken.sql"))]
    fn broken_schema() {
        let _db = db;
    }

    #[isolated(db(schema = "missing.sql"))]
    fn missing_schema() {
        let _db = db;
    }

    #[isolated(db(schema = "schema.sql"))]
    fn leaves_a_connection_open(db: &Db) {
        std::mem::forget(db.connection().unwrap());
    }

    #[isolated(db(schema = "schema.sql"))]
    fn leaks_a_thread_with_a_connection(db: &Db) {
        let connection = db.connection().unwrap();
        thread::Builder::new()
            .name("query".into())
            .spawn(move || {
                let _connection = connection;
                loop {
                    thread::park();
                }
            })
            .unwrap();
    }

    #[isolated(db(schema = "schema.sql"))]
    fn fails_with_rows(db: &Db) {
        db.connection()
            .unwrap()
            .execute("INSERT INTO sessions VALUES (1, 'evidence')", [])
            .unwrap();
        panic!("look at the rows");
    }

    #[isolated(db(schema = "schema.sql"))]
    fn many_threads_of_duckdb(db: &Db) {
        let connection = db.connection().unwrap();
        connection.execute_batch("SET threads = 4").unwrap();
        let sum: i64 = connection
            .query_row("SELECT sum(n)::BIGINT FROM range(1000000) t(n)", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sum, 499_999_500_000);
    }

    fn count(connection: &duckdb::Connection) -> i64 {
        connection
            .query_row("SELECT count(*) FROM sessions", [], |row| row.get(0))
            .unwrap()
    }
}
