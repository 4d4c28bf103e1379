//! Tests that need more of the machine than they may, or just as much.

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::hint::black_box;
    use std::process::{Child, Command};

    use isolate::prelude::*;

    #[inline(never)]
    fn grow(megabytes: usize) -> Vec<u8> {
        black_box(vec![1; megabytes << 20]) // too much
    }

    #[inline(never)]
    fn spin() {
        let mut n = 0_u64;
        loop {
            n = black_box(n.wrapping_add(1)); // for ever
        }
    }

    fn start() -> std::io::Result<Child> {
        Command::new("sleep").arg("600").spawn()
    }

    fn open() -> std::io::Result<File> {
        File::open("/dev/null")
    }

    #[isolated(limits(memory = "64M"))]
    fn takes_too_much_memory() {
        println!("before");
        grow(256);
    }

    #[isolated(limits(memory = "100K"))]
    fn takes_too_much_of_very_little() {
        grow(1);
    }

    #[isolated(limits(memory = "64M"))]
    fn takes_too_much_in_a_thread() {
        std::thread::spawn(|| grow(256)).join().unwrap();
    }

    #[isolated(limits(memory = "64M"))]
    fn takes_what_it_may() {
        let first = grow(40);
        drop(first);
        grow(40);
    }

    #[fixture(scope = "worker")]
    fn large() -> Vec<u8> {
        grow(100)
    }

    #[isolated(limits(memory = "16M"))]
    fn stands_on_a_large_fixture(large: &Vec<u8>) {
        assert_eq!(large.len(), 100 << 20);
        grow(8);
    }

    #[isolated(limits(memory = "64M"))]
    fn aborts_for_another_reason() {
        std::process::abort();
    }

    #[isolated(limits(memory = "64M"))]
    fn copes_with_little_memory() {
        let mut vector: Vec<u8> = Vec::new();
        assert!(vector.try_reserve(256 << 20).is_err());
    }

    #[isolated(limits(cpu = "1s"))]
    fn takes_too_long() {
        spin();
    }

    #[isolated(limits(cpu = "1s"))]
    fn takes_too_long_in_a_thread() {
        std::thread::spawn(spin).join().unwrap();
    }

    /// The limit is of CPU time, which sleep takes none of.
    #[isolated(limits(cpu = "1s"))]
    fn sleeps_longer() {
        std::thread::sleep(std::time::Duration::from_millis(1500));
    }

    #[isolated(limits(files = 16))]
    fn opens_too_many() {
        let _files: Vec<_> = (0..17).map(|_| open().unwrap()).collect(); // one too many
    }

    #[isolated(limits(files = 16))]
    fn opens_too_many_and_says_so() -> Result<()> {
        let _files = (0..17).map(|_| open()).collect::<std::io::Result<Vec<_>>>()?;
        Ok(())
    }

    #[isolated(limits(files = 16))]
    fn opens_what_it_may() {
        let files: Vec<_> = (0..16).map(|_| open().unwrap()).collect();
        assert_eq!(open().unwrap_err().raw_os_error(), Some(libc::EMFILE));
        drop(files);
    }

    #[isolated(limits(processes = 3))]
    fn starts_too_many() {
        let _children: Vec<_> = (0..3).map(|_| start().unwrap()).collect(); // one too many
    }

    #[isolated(limits(processes = 3))]
    fn starts_too_many_through_others() {
        let script = "sleep 600 & sleep 600 & sleep 600 & wait";
        let status = Command::new("sh").args(["-c", script]).status().unwrap();
        assert!(status.success());
    }

    #[isolated(limits(processes = 3))]
    fn starts_what_it_may() {
        for _ in 0..3 {
            let children: Vec<_> = (0..2).map(|_| start().unwrap()).collect();
            assert_eq!(start().unwrap_err().raw_os_error(), Some(libc::EAGAIN));
            for mut child in children {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
        std::thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| ());
            }
        });
    }

    #[isolated(limits(files = 4, memory = "1M"))]
    mod modest {
        use super::open;

        #[test]
        fn has_the_limits_of_its_module() {
            let _files: Vec<_> = (0..5).map(|_| open().unwrap()).collect();
        }

        #[isolated(limits(files = 5))]
        fn has_its_own_limits() {
            let _files: Vec<_> = (0..5).map(|_| open().unwrap()).collect();
            assert!(Vec::<u8>::new().try_reserve(8 << 20).is_err());
        }

        #[isolated(process = false)]
        fn shares_a_process() {
            let _files: Vec<_> = (0..5).map(|_| open().unwrap()).collect();
        }
    }

    #[isolated(limits(memory = "64M", processes = 2, files = 32, cpu = "5s"), network, files)]
    fn has_everything() -> Result<()> {
        let listener = std::net::TcpListener::bind("127.0.0.1:5000")?;
        std::net::TcpStream::connect("127.0.0.1:5000")?;
        listener.accept()?;
        start()?.kill()?;
        Ok(())
    }
}
