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

    /// Says that it is there, and with which ancestors, and waits until so many are.
    fn meet(name: &str, others: usize) {
        let directory = std::path::Path::new(&std::env::var("E2E_DIR").unwrap()).join("met");
        std::fs::create_dir_all(&directory).unwrap();
        let [worker, zygote, first_zygote] = ancestors();
        let text = format!("{} {worker} {zygote} {first_zygote}\n", isolate::worker().name());
        std::fs::write(directory.join(format!(".{name}")), text).unwrap();
        std::fs::rename(directory.join(format!(".{name}")), directory.join(name)).unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(50);
        while (1..=others).any(|n| !directory.join(format!("{}{n}", &name[..name.len() - 1])).exists()) {
            assert!(std::time::Instant::now() < deadline, "{name} is alone");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    fn for_ever() {
        loop {
            std::thread::park();
        }
    }

    /// Parent, grandparent, and so on.
    fn ancestors<const N: usize>() -> [u32; N] {
        let mut id = std::process::id();
        std::array::from_fn(|_| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
            let (_, fields) = stat.rsplit_once(") ").unwrap();
            id = fields.split(' ').nth(1).unwrap().parse().unwrap();
            id
        })
    }

    #[isolated(process, db(memory, seed = fill), port)]
    #[case(1)]
    #[case(2)]
    #[case(3)]
    #[case(4)]
    fn many(#[case] n: u32, db: &Db, port: &Port) -> Result<()> {
        let listener = port.listener()?;
        std::fs::write(isolate::worker().dir().join("mine"), n.to_string())?;
        meet(&format!("many_{n}"), 4);
        assert_eq!(std::fs::read_to_string(isolate::worker().dir().join("mine"))?, n.to_string());
        std::fs::remove_file(isolate::worker().dir().join("mine"))?;
        drop(listener);
        println!("{n} has met the others");
        changes(db)
    }

    #[isolated(process, network, db(memory, seed = fill))]
    #[case(1)]
    #[case(2)]
    fn for_itself(#[case] n: u32, db: &Db) -> Result<()> {
        let _listener = std::net::TcpListener::bind("127.0.0.1:5000")?;
        meet(&format!("itself_{n}"), 2);
        changes(db)
    }

    fn starts_a_process(connection: &Connection) -> Result<()> {
        std::mem::forget(std::process::Command::new("sleep").arg("1000").spawn()?);
        Ok(fill(connection)?)
    }

    #[isolated(process, db(memory, seed = starts_a_process))]
    #[case(1)]
    #[case(2)]
    fn beside_a_process(#[case] n: u32, db: &Db) -> Result<()> {
        meet(&format!("beside_{n}"), 2);
        changes(db)
    }

    fn fails_at_first(connection: &Connection) -> Result<()> {
        let tried = std::path::Path::new(&std::env::var("E2E_DIR").unwrap()).join("tried");
        if !tried.exists() {
            std::fs::write(tried, "")?;
            return Err("it isn't there yet".into());
        }
        Ok(fill(connection)?)
    }

    #[isolated(process, db(memory, seed = fails_at_first))]
    #[case(1)]
    #[case(2)]
    #[case(3)]
    fn again(#[case] _n: u32, db: &Db) -> Result<()> {
        changes(db)
    }

    #[isolated(process, db(memory, seed = super::fill))]
    mod ends {
        use isolate::prelude::*;

        use super::{for_ever, meet};

        #[test]
        fn crashes() {
            meet("end_1", 4);
            std::process::abort();
        }

        #[test]
        fn exits() {
            meet("end_2", 4);
            std::process::exit(0);
        }

        #[isolated(timeout = "1s")]
        fn hangs() {
            meet("end_3", 1);
            for_ever(); // HANGS
        }

        #[test]
        fn leaks() {
            meet("end_4", 4);
            std::mem::forget(std::thread::spawn(for_ever));
        }
    }

    #[isolated(process, db(memory, seed = fill))]
    #[case(1)]
    #[case(2)]
    #[case(3)]
    fn waits(#[case] n: u32) {
        std::mem::forget(std::process::Command::new("sleep").arg("1000").spawn().unwrap());
        meet(&format!("wait_{n}"), 3);
        for_ever();
    }

    #[isolated(process, db(memory, seed = fill))]
    fn a_kill_of_its_zygote() {
        let [_, zygote] = ancestors::<2>();
        std::process::Command::new("kill").args(["-9", &zygote.to_string()]).status().unwrap();
        for_ever();
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
