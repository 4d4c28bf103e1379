//! Tests of groups: a group is a lock file that nobody may find taken.

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::Write;
    use std::path::PathBuf;
    use std::thread;
    use std::time::{Duration, Instant};

    use isolate::prelude::*;

    fn shared(name: &str) -> PathBuf {
        PathBuf::from(std::env::var_os("E2E_DIR").unwrap()).join(name)
    }

    /// Fails if another test is inside at the same time, and writes down who was here. Stays for long enough that an
    /// overlap would show.
    fn alone_in(group: &str) {
        let lock = shared(&format!("{group}.lock"));
        File::create_new(&lock).expect("alone in the group");
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(shared(group))
            .unwrap();
        writeln!(log, "{} {}", isolate::worker().name(), std::process::id()).unwrap();
        // Long enough for another of the group to come by, if one were let in.
        thread::sleep(Duration::from_millis(30));
        fs::remove_file(lock).unwrap();
    }

    #[isolated(group = "red")]
    fn red_1() {
        alone_in("red");
    }

    #[isolated(group = "red")]
    fn red_2() {
        alone_in("red");
    }

    #[isolated(group = "red")]
    fn red_3() {
        alone_in("red");
    }

    #[isolated(group = "red")]
    fn red_4() {
        alone_in("red");
    }

    #[isolated(group = "blue")]
    mod blue {
        use super::*;

        #[test]
        fn blue_1() {
            alone_in("blue");
        }

        #[test]
        fn blue_2() {
            alone_in("blue");
        }

        #[test]
        fn blue_3() {
            alone_in("blue");
        }
    }

    #[isolated]
    fn single_1() {
        alone_in("process");
    }

    #[isolated]
    fn single_2() {
        alone_in("process");
    }

    #[isolated]
    fn single_3() {
        alone_in("process");
    }

    #[isolated(group = "left")]
    fn left() {
        meet("left", "right");
    }

    #[isolated(group = "right")]
    fn right() {
        meet("right", "left");
    }

    #[isolated]
    fn loose_1() {
        meet("loose_1", "loose_2");
    }

    #[isolated]
    fn loose_2() {
        meet("loose_2", "loose_1");
    }

    /// Passes only if both are there at the same time.
    fn meet(me: &str, other: &str) {
        File::create(shared(me)).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !shared(other).exists() {
            assert!(Instant::now() < deadline, "{other} runs at the same time");
            thread::yield_now();
        }
    }

    #[isolated(group = "fragile")]
    fn fragile_1_crashes() {
        std::process::abort();
    }

    #[isolated(group = "fragile")]
    fn fragile_2() {
        alone_in("fragile");
    }

    #[isolated(group = "fragile")]
    fn fragile_3() {
        alone_in("fragile");
    }
}
