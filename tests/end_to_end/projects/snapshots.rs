//! Fixtures that outlive a test, and tests that get a copy of them.

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::Write as _;
    use std::rc::Rc;
    use std::sync::Mutex;

    use isolate::prelude::*;

    fn note(what: &str) {
        let path = std::path::Path::new(&std::env::var("E2E_DIR").unwrap()).join("events");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{what} {}", std::process::id()).unwrap();
    }

    struct Rows(Mutex<Vec<u32>>);

    impl Fixture for Rows {
        fn teardown(&mut self) -> Result {
            note("end rows");
            assert_eq!(*self.0.lock().unwrap(), [1, 2, 3], "the original is as it was");
            Ok(())
        }
    }

    impl Drop for Rows {
        fn drop(&mut self) {
            note("drop rows");
        }
    }

    #[fixture(scope = "worker")]
    fn rows() -> Rows {
        note("build rows");
        println!("rows are built");
        Rows(Mutex::new(vec![1, 2, 3]))
    }

    struct Sum(u32);

    impl Fixture for Sum {
        fn teardown(&mut self) -> Result {
            note("end sum");
            Ok(())
        }
    }

    #[fixture]
    fn sum(rows: &Rows) -> Sum {
        note("build sum");
        Sum(rows.0.lock().unwrap().iter().sum())
    }

    fn changes(rows: &Rows, sum: &Sum) {
        note("test");
        assert_eq!(sum.0, 6);
        let mut rows = rows.0.lock().unwrap();
        assert_eq!(*rows, [1, 2, 3]);
        rows.clear();
    }

    #[isolated(process)]
    fn copies_1(rows: &Rows, sum: &Sum) {
        changes(rows, sum);
    }

    #[isolated(process)]
    fn copies_2(rows: &Rows, sum: &Sum) {
        changes(rows, sum);
    }

    #[isolated(process)]
    #[case(1)]
    #[case(2)]
    fn copies_3(#[case] _n: u32, rows: &Rows, sum: &Sum) {
        changes(rows, sum);
    }

    #[isolated(process, rows)]
    fn crashes() {
        std::process::abort();
    }

    #[fixture(scope = "worker")]
    fn not_send() -> Rc<RefCell<u32>> {
        Rc::new(RefCell::new(0))
    }

    #[isolated(process)]
    fn main_thread_1(not_send: &Rc<RefCell<u32>>) {
        assert_eq!(not_send.replace(1), 0);
    }

    #[isolated(process)]
    fn main_thread_2(not_send: &Rc<RefCell<u32>>) {
        assert_eq!(not_send.replace(1), 0);
    }

    #[fixture(scope = "group")]
    fn of_group() -> u32 {
        note("build of_group");
        std::process::id()
    }

    #[isolated(process, group = "g")]
    fn group_1(of_group: &u32) {
        assert_ne!(*of_group, std::process::id());
    }

    #[isolated(process, group = "g")]
    fn group_2(of_group: &u32) {
        assert_ne!(*of_group, std::process::id());
    }

    #[isolated(process)]
    fn no_group(of_group: &u32) {
        assert_eq!(*of_group, std::process::id());
    }

    #[fixture(scope = "worker")]
    fn pool() -> std::thread::JoinHandle<()> { // POOL
        start_pool()
    }

    fn start_pool() -> std::thread::JoinHandle<()> {
        let forever = || {
            loop {
                std::thread::park();
            }
        };
        std::thread::Builder::new().name("pool-0".into()).spawn(forever).unwrap() // STARTED
    }

    #[isolated(process)]
    fn threads_1(pool: &std::thread::JoinHandle<()>) {
        assert!(!pool.is_finished());
    }

    #[isolated(process)]
    fn threads_2_are_gone() {
        assert_eq!(std::fs::read_dir("/proc/self/task").unwrap().count(), 1);
    }

    #[isolated]
    fn threads_3_are_shared(pool: &std::thread::JoinHandle<()>) {
        assert!(!pool.is_finished());
    }

    #[fixture(scope = "worker")]
    fn joined() -> u32 {
        std::thread::spawn(|| 5).join().unwrap()
    }

    #[isolated(process)]
    fn joined_threads_are_fine(joined: &u32) {
        assert_eq!(*joined, 5);
    }

    struct Listener(#[allow(dead_code)] std::net::TcpListener);

    impl Fixture for Listener {
        fn snapshot(&self) -> Result {
            Err("its socket would be shared by all tests".into())
        }
    }

    #[fixture(scope = "worker")]
    fn listener() -> Result<Listener> { // LISTENER
        Ok(Listener(std::net::TcpListener::bind("127.0.0.1:0")?))
    }

    #[fixture]
    fn client(_listener: &Listener) -> u32 {
        1
    }

    #[isolated(process)]
    fn refused(_listener: &Listener) {}

    #[isolated(process)]
    fn refused_by_the_way(_client: &u32) {}

    #[isolated]
    fn not_refused(_client: &u32) {}

    #[fixture(scope = "worker")]
    fn broken() -> Result<u32> { // BROKEN
        println!("about to break");
        Err("it is broken".into())
    }

    #[isolated(process)]
    #[should_panic]
    fn cannot_be_built(broken: &u32) {
        assert_eq!(*broken, 0);
    }

    struct Server(std::process::Child);

    impl Fixture for Server {
        fn teardown(&mut self) -> Result {
            assert!(self.0.try_wait()?.is_none(), "it was killed before its time");
            note("end server");
            self.0.kill()?;
            self.0.wait()?;
            Ok(())
        }
    }

    #[fixture(scope = "worker")]
    fn server() -> Result<Server> {
        Ok(Server(std::process::Command::new("sleep").arg("1000").spawn()?))
    }

    #[isolated(process)]
    fn server_1(server: &Server) {
        std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        assert!(std::path::Path::new(&format!("/proc/{}", server.0.id())).exists());
    }

    #[isolated(process)]
    fn server_2(server: &Server) {
        assert!(std::path::Path::new(&format!("/proc/{}", server.0.id())).exists());
    }
}
