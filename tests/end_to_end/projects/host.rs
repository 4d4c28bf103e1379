//! Tests that go on until the run is ended from outside.

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::{env, fs, process, thread};

    use isolate::prelude::*;

    #[isolated(storage, port)]
    fn waits_1() {
        wait("1", storage, port);
    }

    #[isolated(storage, port)]
    fn waits_2() {
        wait("2", storage, port);
    }

    #[isolated(storage, port)]
    fn ignores_signals() {
        // SAFETY: no handler of ours runs.
        unsafe {
            libc::signal(libc::SIGTERM, libc::SIG_IGN);
            libc::signal(libc::SIGINT, libc::SIG_IGN);
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
        }
        wait("ignores", storage, port);
    }

    #[isolated(storage)]
    fn passes() {
        fs::write(storage.path().join("file"), "text").unwrap();
    }

    /// Leaves traces of every kind, says so, and waits for a file that never comes.
    fn wait(name: &str, storage: &Storage, port: &Port) {
        let directory = env::var("E2E_DIR").unwrap();
        fs::write(storage.path().join("file"), "text").unwrap();
        let _listener = port.listener().unwrap();
        let script = "setsid sleep 1001 & trap '' TERM INT HUP; sleep 1002";
        let mut child = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let ready = format!("{} {} {}\n", process::id(), child.id(), storage.path().display());
        fs::write(format!("{directory}/{name}"), ready).unwrap();
        while !fs::exists(format!("{directory}/never")).unwrap() {
            thread::park_timeout(std::time::Duration::from_millis(20));
        }
        child.wait().unwrap();
    }
}
