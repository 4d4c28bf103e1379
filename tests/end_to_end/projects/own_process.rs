//! Tests that have a process of their own, and change everything there is in it.

#[cfg(test)]
mod tests {
    use std::sync::Once;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use isolate::prelude::*;

    static RUNS: AtomicU32 = AtomicU32::new(0);
    static SECOND: Once = Once::new();

    fn spoils_its_process() {
        assert_eq!(RUNS.fetch_add(1, Relaxed), 0);
        assert!(!SECOND.is_completed());
        SECOND.call_once(|| {});
        assert!(std::env::var_os("SPOILT").is_none());
        assert_ne!(std::env::current_dir().unwrap(), std::path::Path::new("/"));
        // SAFETY: this process has no other thread.
        unsafe { std::env::set_var("SPOILT", "yes") };
        std::env::set_current_dir("/").unwrap();
        std::panic::set_hook(Box::new(|_| {}));
        Box::leak(vec![1; 1 << 20].into_boxed_slice());
    }

    #[isolated(process)]
    fn spoils_1() {
        spoils_its_process();
    }

    #[isolated(process)]
    fn spoils_2() {
        spoils_its_process();
    }

    #[isolated(process)]
    mod spoiling {
        #[test]
        fn spoils_3() {
            super::spoils_its_process();
        }

        #[isolated(process = false)]
        fn shares_its_process() {
            super::RUNS.fetch_add(1, super::Relaxed);
        }

        #[isolated(process = false)]
        fn sees_its_neighbour() {
            assert_eq!(super::RUNS.load(super::Relaxed), 1);
        }
    }

    #[isolated(process)]
    fn the_main_thread_is_the_only_one() {
        // SAFETY: no preconditions.
        assert_eq!(unsafe { libc::gettid() }, unsafe { libc::getpid() });
        assert_eq!(std::fs::read_dir("/proc/self/task").unwrap().count(), 1);
        assert!(isolate::worker().name().starts_with("gw"));
    }

    #[isolated(process)]
    fn runs_on_every_core_that_it_may() {
        let field = |process: &str, name: &str| {
            let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().to_owned()
        };
        let zygote = field(&field("self", "PPid:"), "PPid:");
        assert_eq!(field("self", "Cpus_allowed:"), field(&zygote, "Cpus_allowed:"));
    }

    #[isolated(process)]
    fn leaves_processes() {
        let child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        isolate_tell("child", child.id());
        // Its parent ends at once, so that it belongs to nobody here.
        let shell = std::process::Command::new("sh")
            .args(["-c", "sleep 1000 > /dev/null 2>&1 & echo $!"])
            .output();
        let daemon = String::from_utf8(shell.unwrap().stdout).unwrap();
        isolate_tell("daemon", daemon.trim().parse().unwrap());
    }

    #[isolated(process)]
    fn they_are_gone() {
        let directory = std::env::var("E2E_DIR").unwrap();
        for name in ["child", "daemon"] {
            let pid = std::fs::read_to_string(format!("{directory}/{name}")).unwrap();
            let process = format!("/proc/{}", pid.trim());
            assert!(!std::path::Path::new(&process).exists(), "{name} lives");
        }
    }

    #[isolated(process)]
    fn exits_after_its_output() {
        print!("without a newline");
        std::process::exit(0);
    }

    #[isolated(process)]
    fn dies_in_a_forked_process() {
        // SAFETY: the copy does nothing but end.
        unsafe {
            if libc::fork() == 0 {
                libc::_exit(3);
            }
        }
    }

    #[isolated(process)]
    fn passes_1() {}

    #[isolated(process)]
    fn passes_2() {}

    #[isolated(process)]
    fn says_which_process_it_has() {
        isolate_tell("worker", std::os::unix::process::parent_id());
        isolate_tell("own", std::process::id());
    }

    #[isolated(process)]
    fn says_its_sibling() {
        isolate_tell("sibling", std::os::unix::process::parent_id());
    }

    fn isolate_tell(file: &str, value: u32) {
        let directory = std::env::var("E2E_DIR").unwrap();
        std::fs::write(format!("{directory}/{file}"), format!("{value}\n")).unwrap();
    }
}
