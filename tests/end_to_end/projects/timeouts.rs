//! Tests that don't come to an end.

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;
    use std::{env, fs, thread};

    use isolate::prelude::*;

    #[isolated]
    fn passes_1() {}

    #[isolated(timeout = "60s")]
    fn passes_in_time() {}

    #[isolated]
    fn sleeps_without_a_timeout() {
        sleep_deep_down();
    }

    #[isolated(timeout = "1s")]
    fn sleeps() {
        println!("before the sleep");
        sleep_deep_down(); // SLEEPS
    }

    #[isolated(timeout = "2s")]
    fn replaces_the_program_1() {
        replace_the_program();
    }

    #[isolated(timeout = "2s")]
    fn replaces_the_program_2() {
        replace_the_program();
    }

    /// As a new build does it, if this is a copy that nobody else needs.
    fn replace_the_program() {
        let Ok(program) = env::var("E2E_PROGRAM") else { return };
        let _ = fs::remove_file(&program);
        sleep_deep_down();
    }

    #[isolated(timeout = "1s")]
    fn spins() {
        spin(); // SPINS
    }

    #[isolated(timeout = "1s")]
    fn has_threads() {
        thread::Builder::new()
            .name("sleeping-helper".into())
            .spawn(sleep_deep_down)
            .unwrap();
        thread::Builder::new()
            .name("spinning-helper".into())
            .spawn(spin)
            .unwrap();
        sleep_deep_down();
    }

    #[isolated(timeout = "1s", main_thread)]
    fn sleeps_on_the_main_thread() {
        sleep_deep_down(); // MAIN
    }

    #[isolated(timeout = "1s")]
    fn blocks_every_signal() {
        // SAFETY: the set is initialised by `sigfillset`.
        unsafe {
            let mut all = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
        }
        spin();
    }

    #[isolated(timeout = "1s")]
    fn stops_itself() {
        println!("before the stop");
        // SAFETY: it touches no memory.
        unsafe { libc::raise(libc::SIGSTOP) };
    }

    #[isolated(timeout = "3s")]
    fn leaves_processes() {
        let directory = env::var("E2E_DIR").unwrap();
        // The daemon leaves its session, its parent and its environment.
        let script = "
            sleep 1001 & setsid sleep 1002 & setsid sh -c 'sleep 1003 & sleep 1004' &
            (setsid env -i sh -c 'echo $$ > daemon; exec sleep 1005' &)
            trap '' TERM INT HUP; wait";
        let child = Command::new("sh")
            .args(["-c", script])
            .current_dir(&directory)
            .spawn()
            .unwrap();
        fs::write(directory + "/child", format!("{}\n", child.id())).unwrap();
        sleep_deep_down();
    }

    #[isolated(timeout = "1s")]
    #[should_panic]
    fn should_panic_and_sleeps() {
        sleep_deep_down();
    }

    #[isolated(timeout = "1s")]
    fn sleeps_in_teardown() {
        struct Slow;
        impl Drop for Slow {
            fn drop(&mut self) {
                sleep_deep_down();
            }
        }
        let _slow = Slow;
    }

    /// Runs after `leaves_processes`, in the worker that follows.
    #[isolated]
    fn looks_for_the_processes() {
        for name in ["child", "daemon"] {
            let id = fs::read_to_string(env::var("E2E_DIR").unwrap() + "/" + name).unwrap();
            let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
            assert!(
                stat.is_empty() || stat.contains(") Z "),
                "{name} is still there: {stat}"
            );
        }
    }

    #[isolated]
    fn passes_2() {}

    #[inline(never)]
    fn sleep_deep_down() {
        loop {
            thread::sleep(Duration::from_secs(1000)); // SLEEP
        }
    }

    #[inline(never)]
    fn spin() {
        loop {
            std::hint::spin_loop(); // SPIN
        }
    }
}
