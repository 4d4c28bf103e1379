//! Tests that look at what their worker gives them.

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::{env, fs, thread};

    use isolate::prelude::*;

    fn tell(name: &str, text: impl std::fmt::Display) {
        let path = Path::new(&env::var_os("E2E_DIR").unwrap()).join(name);
        let incomplete = path.with_extension("incomplete");
        fs::write(&incomplete, format!("{text}\n")).unwrap();
        fs::rename(incomplete, path).unwrap();
    }

    fn wait_for(name: &str) {
        while !Path::new(&env::var_os("E2E_DIR").unwrap()).join(name).exists() {
            thread::yield_now();
        }
    }

    #[isolated]
    fn storage_is_empty_and_private(storage: &Storage) {
        let path = storage.path();
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(path).unwrap().count(), 0);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o7777, 0o700);
        fs::write(path.join("file"), "text").unwrap();
        tell("passing", path.display());
    }

    #[isolated]
    fn storage_is_empty_again(storage: &Storage) {
        assert_eq!(fs::read_dir(storage.path()).unwrap().count(), 0);
    }

    #[isolated]
    fn storage_of_a_failure(storage: &Storage) {
        fs::write(storage.path().join("file"), "evidence").unwrap();
        tell("failing", storage.path().display());
        panic!("look at the evidence");
    }

    #[isolated]
    fn storage_of_a_crash(storage: &Storage) {
        fs::write(storage.path().join("file"), "evidence").unwrap();
        tell("crashing", storage.path().display());
        std::process::abort();
    }

    #[isolated]
    fn storage_that_resists(storage: &Storage) {
        let locked = storage.path().join("locked");
        fs::create_dir(&locked).unwrap();
        fs::write(locked.join("file"), "text").unwrap();
        std::os::unix::fs::symlink(env::var_os("E2E_DIR").unwrap(), storage.path().join("elsewhere")).unwrap();
        tell("precious", "stays");
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    }

    #[isolated]
    fn storage_and_name_agree(storage: &Storage) {
        assert!(
            storage.path().starts_with(isolate::worker().dir()),
            "{storage:?} {:?}",
            isolate::worker()
        );
        assert!(
            isolate::worker().dir().starts_with(isolate::session().dir()),
            "{:?}",
            isolate::session()
        );
    }

    #[isolated]
    fn worker_has_a_name() {
        let worker = isolate::worker();
        assert_eq!(worker.name(), format!("gw{}", worker.slot().unwrap()));
        tell("worker", worker.name());
    }

    #[isolated]
    fn worker_inline_is_master() {
        assert_eq!(isolate::worker().name(), "master");
    }

    #[isolated]
    fn numbers(port: &Port) {
        tell("numbers", format!("{} {}", isolate::worker().name(), port.number()));
    }

    #[isolated(port(api, mock))]
    fn named_ports() {
        assert_ne!(api.number(), mock.number());
        assert_eq!(
            api.number() / 100,
            mock.number() / 100,
            "they are of the worker's block"
        );
    }

    #[isolated]
    fn listener_is_bound(port: &Port) {
        let listener = port.listener().unwrap();
        assert_eq!(listener.local_addr().unwrap(), port.addr());
        assert_eq!(port.addr().port(), port.number());
        assert!(port.addr().ip().is_loopback());
        let client = thread::spawn({
            let addr = port.addr();
            move || TcpStream::connect(addr).unwrap().write_all(b"hello").unwrap()
        });
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        client.join().unwrap();
        assert_eq!(text, "hello");
    }

    #[isolated]
    fn udp_is_bound(port: &Port) {
        let socket = port.udp().unwrap();
        assert_eq!(socket.local_addr().unwrap(), port.addr());
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.send_to(b"hello", port.addr()).unwrap();
        let mut buffer = [0; 5];
        socket.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer, b"hello");
    }

    /// Which port it is isn't settled before its first use: what somebody has taken by then is skipped.
    #[isolated]
    fn is_bound_beside_a_stranger(port: &Port) {
        let base = isolate::worker().slot().map_or(5000, |slot| 5100 + 100 * slot as u16);
        let strangers: Vec<_> = (base..base + 10).map(|port| TcpListener::bind(("127.0.0.1", port))).collect();
        let listener = port.listener().unwrap();
        assert_eq!(listener.local_addr().unwrap(), port.addr());
        drop(strangers);
    }

    #[isolated]
    fn number_can_be_bound(port: &Port) {
        TcpListener::bind(("127.0.0.1", port.number())).unwrap();
    }

    /// Two of these at a time, in this run or in two runs, hold different ports.
    #[isolated]
    fn holds_1(port: &Port) {
        hold("1", port);
    }

    #[isolated]
    fn holds_2(port: &Port) {
        hold("2", port);
    }

    fn hold(name: &str, port: &Port) {
        let _listener = port.listener().unwrap();
        tell(name, format!("{} {}", isolate::worker().name(), port.number()));
        wait_for("go");
    }

    #[isolated]
    fn successor_1_is_the_first(port: &Port) {
        tell_who("first", port);
    }

    #[isolated]
    fn successor_2_crashes() {
        std::process::abort();
    }

    #[isolated]
    fn successor_3_is_the_second(port: &Port) {
        tell_who("second", port);
    }

    fn tell_who(name: &str, port: &Port) {
        let worker = isolate::worker();
        tell(
            name,
            format!("{} {} {}", worker.name(), port.number() / 100, worker.incarnation()),
        );
    }

    #[isolated]
    fn exhausted_1_takes_them_all(port: &Port) {
        let first = port.number() / 100 * 100;
        tell("block", first);
        // Others may hold some of them, and let go: all are to be ours.
        let mut free: Vec<u16> = (first..first + 100).collect();
        while !free.is_empty() {
            free.retain(|number| TcpListener::bind(("127.0.0.1", *number)).map(std::mem::forget).is_err());
        }
    }

    #[isolated]
    fn exhausted_2_finds_none(port: &Port) -> Result<()> {
        port.listener()?;
        Ok(())
    }

    #[isolated]
    fn exhausted_3_has_no_number(port: &Port) {
        port.number();
    }
}
