//! Tests with a network or files of their own.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use isolate::prelude::*;

    fn variable(name: &str) -> String {
        std::env::var(name).unwrap()
    }

    fn tell(name: &str, text: &str) {
        fs::write(Path::new(&variable("E2E_DIR")).join(name), format!("{text}\n")).unwrap();
    }

    fn namespace(kind: &str) -> String {
        fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().display().to_string()
    }

    /// Binds the port of all of these tests, and waits until each has tried.
    fn meets_others() {
        let bound = TcpListener::bind("127.0.0.1:5000");
        tell(&format!("tried-{}", std::process::id()), "");
        let tried = || {
            let files = fs::read_dir(variable("E2E_DIR")).unwrap();
            files.filter(|file| file.as_ref().unwrap().file_name().to_str().unwrap().starts_with("tried-")).count()
        };
        isolate::wait_until_for(Duration::from_secs(30), || tried() == 8);
        bound.unwrap();
    }

    macro_rules! eight {
        ($module:ident, $($attribute:tt)*) => {
            mod $module {
                use isolate::isolated;

                #[isolated($($attribute)*)]
                #[case(1)]
                #[case(2)]
                #[case(3)]
                #[case(4)]
                #[case(5)]
                #[case(6)]
                #[case(7)]
                #[case(8)]
                fn binds_port_5000(#[case] _number: u32) {
                    super::meets_others();
                }
            }
        };
    }

    eight!(own, network);
    eight!(alone, process, network);
    eight!(shared,);

    #[isolated(network)]
    fn knows_nobody() {
        let error = TcpStream::connect(variable("SERVER")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        // An address for documentation: what is routed at all goes there as well.
        let error = TcpStream::connect_timeout(&"192.0.2.1:80".parse().unwrap(), Duration::from_secs(5)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
        assert_eq!(fs::read_to_string("/proc/net/route").unwrap().lines().count(), 1);
    }

    #[isolated]
    fn knows_the_machine() {
        TcpStream::connect(variable("SERVER")).unwrap();
    }

    #[isolated(network, port(tcp, udp), storage)]
    fn has_ports_and_loopback(tcp: &Port, udp: &Port, storage: &Storage) -> Result<()> {
        let listener = tcp.listener()?;
        let client = std::net::UdpSocket::bind("[::1]:0").or_else(|_| std::net::UdpSocket::bind("127.0.0.1:0"))?;
        drop((TcpStream::connect(tcp.addr())?, listener.accept()?, udp.udp()?, client));
        fs::write(storage.join("file"), "x")?;
        Ok(())
    }

    #[isolated(network, port(one))]
    fn names_the_holder_of_a_port(one: &Port) {
        let _first = one.listener().unwrap();
        let error = one.listener().unwrap_err().to_string();
        assert!(error.contains("this test has bound it before"), "{error}");
    }

    #[isolated(network)]
    fn stays_who_it_is() {
        // SAFETY: they can't fail.
        let user = unsafe { libc::getuid() };
        assert_eq!(user.to_string(), variable("E2E_USER"));
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
        println!("capabilities {effective}");
    }

    #[isolated(network, storage)]
    fn can_be_refused_what_it_may_not(storage: &Storage) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let file = storage.join("secret");
        fs::write(&file, "x")?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0))?;
        assert_eq!(fs::read(&file).unwrap_err().kind(), ErrorKind::PermissionDenied);
        Ok(())
    }

    #[isolated(network = "prefer")]
    fn prefers_a_network() {
        println!("it runs");
    }

    #[isolated(files = "prefer")]
    fn prefers_files() {
        println!("it runs");
    }

    #[isolated(files)]
    fn needs_files() {}

    #[isolated(network)]
    fn hangs_in_its_network() {
        tell("namespace", &namespace("net"));
        std::process::Command::new("sleep").arg("600").spawn().unwrap().wait().unwrap();
    }

    #[isolated(network, timeout = "1s")]
    fn hangs() {
        std::thread::sleep(Duration::from_secs(600)); // here
    }

    #[isolated(process, network, files, timeout = "1s")]
    fn hangs_alone() {
        std::thread::sleep(Duration::from_secs(600)); // here, alone
    }

    #[isolated(group = "mixed", network)]
    mod mixed {
        #[test]
        fn own_1() {
            super::tell("own_1", &super::namespace("net"));
        }

        #[isolated(network = "off")]
        fn shared() {
            super::tell("shared", &super::namespace("net"));
        }

        #[test]
        fn own_2() {
            super::tell("own_2", &super::namespace("net"));
        }
    }

    #[isolated(files, storage)]
    fn has_its_own_temporary_directory(storage: &Storage) -> Result<()> {
        let stranger = PathBuf::from(variable("STRANGER"));
        assert!(!stranger.exists());
        fs::write(&stranger, "mine")?;
        assert_eq!(std::env::temp_dir(), Path::new(&variable("TMPDIR")));
        let file = std::env::temp_dir().join("file");
        fs::write(&file, "x")?;
        fs::rename(&file, "/tmp/file")?;
        fs::write(storage.join("file"), "x")?;
        Ok(())
    }

    #[isolated(files)]
    fn can_read_its_source_only() -> Result<()> {
        fs::read_to_string("src/lib.rs")?;
        for path in ["src/new.rs", "new", concat!(env!("CARGO_MANIFEST_DIR"), "/src/new.rs")] {
            let error = fs::write(path, "x").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem, "{path}");
        }
        assert!(fs::rename("src/lib.rs", "src/other.rs").is_err());
        Ok(())
    }

    #[isolated(files)]
    fn can_write_to_the_target_directory() -> Result<()> {
        let target = std::env::current_exe()?;
        let file = target.with_file_name(format!("isolate-{}", std::process::id()));
        fs::write(&file, "x")?;
        fs::remove_file(&file)?;
        Ok(())
    }

    #[isolated(files, storage)]
    fn fails_with_files(storage: &Storage) {
        fs::write(storage.join("evidence"), "x").unwrap();
        fs::write("/tmp/more", "x").unwrap();
        panic!("{}", storage.path().display());
    }

    #[isolated(process, files)]
    fn fails_with_files_alone() {
        fs::write("/tmp/evidence", "x").unwrap();
        fs::create_dir("/tmp/more").unwrap();
        panic!("on purpose");
    }

    #[isolated(process, files)]
    mod private {
        use std::fs;
        use std::path::Path;

        fn finds_nothing_and_leaves_a_file() {
            assert!(!Path::new("/tmp/left").exists());
            fs::write("/tmp/left", "x").unwrap();
        }

        #[test]
        fn leaves_a_file() {
            finds_nothing_and_leaves_a_file();
        }

        #[test]
        fn leaves_the_same_file() {
            finds_nothing_and_leaves_a_file();
        }

        #[test]
        fn crashes() {
            fs::write("/tmp/evidence", "x").unwrap();
            std::process::abort();
        }

        #[isolated(network, db_like)]
        fn keeps_what_it_needs(storage: &isolate::Storage) {
            fs::write(storage.join("file"), "x").unwrap();
            fs::write("/tmp/file", "x").unwrap();
            assert!(Path::new("Cargo.toml").exists());
        }

        #[isolate::fixture]
        fn db_like(storage: &isolate::Storage) -> std::path::PathBuf {
            let path = storage.join("db");
            fs::write(&path, "x").unwrap();
            path
        }
    }

    /// A thousand tests, each with a network.
    #[isolated(process, network)]
    fn one_of_a_thousand(
        #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)] _hundreds: u8,
        #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)] _tens: u8,
        #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)] _ones: u8,
    ) {
        TcpListener::bind("127.0.0.1:5000").unwrap();
    }

    #[isolated(files, network)]
    fn has_both() {
        TcpListener::bind("127.0.0.1:5000").unwrap();
        assert!(!Path::new(&variable("STRANGER")).exists());
    }
}
