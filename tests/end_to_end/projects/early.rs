//! Says on stderr that it is loaded, and may start a thread then.

use std::{env, thread};

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    eprintln!("loaded");
    match env::var("THREAD").as_deref() {
        Ok("ends") => thread::spawn(|| {}).join().unwrap(),
        Ok("stays") => drop(thread::spawn(|| {
            loop {
                thread::park();
            }
        })),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use isolate::prelude::*;

    #[isolated]
    fn shares_a_process() {}

    #[isolated(process)]
    fn has_a_process() {}

    #[isolated(main_thread)]
    fn is_on_the_main_thread() {
        // SAFETY: no preconditions.
        assert_eq!(unsafe { libc::gettid() }, unsafe { libc::getpid() });
    }

    #[test]
    fn no_process_was_started() {
        for task in fs::read_dir("/proc/self/task").unwrap() {
            let children = fs::read_to_string(task.unwrap().path().join("children")).unwrap();
            assert_eq!(children, "");
        }
    }
}
