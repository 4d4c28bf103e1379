//! Tests that are run before libtest asks for them, and together: each writes down that it ran.

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::PathBuf;
    use std::time::Duration;

    use isolate::prelude::*;
    use isolate::wait_until;

    fn shared(name: &str) -> PathBuf {
        PathBuf::from(std::env::var_os("E2E_DIR").unwrap()).join(name)
    }

    fn ran(test: &Test) {
        let mut log = OpenOptions::new().create(true).append(true).open(shared("ran")).unwrap();
        log.write_all(format!("{}\n", test.name()).as_bytes()).unwrap();
    }

    fn has_run(beginning: &str) -> usize {
        let log = fs::read_to_string(shared("ran")).unwrap_or_default();
        log.lines().filter(|line| line.starts_with(beginning)).count()
    }

    #[isolated(group = "taken")]
    fn blocked_a_waits(test: &Test) {
        wait_until(|| has_run("tests::blocked_c") == 1);
        ran(test);
    }

    #[isolated(group = "taken")]
    fn blocked_b_has_to_wait(test: &Test) {
        ran(test);
    }

    #[isolated]
    fn blocked_c_is_free(test: &Test) {
        ran(test);
    }

    #[isolated]
    fn held_a(
        test: &Test,
        #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] _n: u8,
    ) {
        ran(test);
    }

    /// Those behind it have been given to the same worker by now.
    #[isolated]
    fn held_b_waits(test: &Test) {
        wait_until(|| has_run("tests::held_c") == 20);
        ran(test);
    }

    #[isolated]
    fn held_c(
        test: &Test,
        #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] _n: u8,
    ) {
        ran(test);
    }

    #[isolated]
    fn mixed(
        test: &Test,
        #[values(
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
            30, 31, 32, 33, 34, 35, 36, 37, 38, 39
        )]
        n: u8,
    ) {
        ran(test);
        match n {
            10 => std::process::abort(),
            // It has to outlive the test.
            20 => {
                std::thread::spawn(|| {
                    loop {
                        std::thread::park();
                    }
                });
            }
            30 => panic!("the thirtieth"),
            n if n % 5 == 2 => println!("printed by {n}"),
            n if n % 5 == 3 => {
                // More than is read at once.
                println!("{n} begins{}", " ".repeat(40_000));
                // Time for the host to read that, of which nothing tells a test: the rest is to come by itself.
                std::thread::sleep(Duration::from_millis(1));
                println!("{n} ends");
            }
            _ => {}
        }
    }

    #[isolated(process)]
    fn forked(
        test: &Test,
        #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] n: u8,
    ) {
        ran(test);
        match n {
            10 => std::process::exit(0),
            n if n % 5 == 2 => println!("printed by {n}"),
            _ => {}
        }
    }

    #[isolated]
    #[ignore = "to be left alone"]
    fn is_ignored(test: &Test) {
        ran(test);
    }
}
