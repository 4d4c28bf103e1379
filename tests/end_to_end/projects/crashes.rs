//! Tests that take their process with them.

#[cfg(test)]
mod tests {
    use isolate::prelude::*;

    #[isolated]
    fn passes_1() {}

    #[isolated]
    fn passes_2() {}

    #[isolated]
    fn segfaults() {
        println!("before the fault");
        // SAFETY: none, that's the point.
        unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
    }

    #[isolated]
    fn aborts() {
        println!("before the abort");
        std::process::abort();
    }

    #[isolated]
    fn exits_with_0() {
        println!("before the exit");
        std::process::exit(0);
    }

    #[isolated]
    fn exits_with_3() {
        std::process::exit(3);
    }

    #[isolated]
    fn exits_at_once() {
        // SAFETY: it doesn't return.
        unsafe { libc::_exit(0) };
    }

    #[isolated]
    fn exits_from_a_thread() {
        std::thread::spawn(|| std::process::exit(4)).join().unwrap();
    }

    #[isolated]
    fn overflows() {
        println!("before the overflow, {}", sum(u64::MAX));
    }

    #[isolated]
    fn overflows_in_a_thread() {
        std::thread::Builder::new()
            .name("deep".into())
            .spawn(|| sum(u64::MAX))
            .unwrap()
            .join()
            .unwrap();
    }

    #[isolated]
    fn is_killed() {
        // SAFETY: it touches no memory.
        unsafe { libc::raise(libc::SIGKILL) };
    }

    #[isolated]
    fn is_terminated() {
        // SAFETY: it touches no memory.
        unsafe { libc::raise(libc::SIGTERM) };
    }

    #[isolated]
    fn panics_while_panicking() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("second panic");
            }
        }
        let _bomb = Bomb;
        panic!("first panic");
    }

    #[isolated(main_thread)]
    fn segfaults_on_the_main_thread() {
        // SAFETY: none, that's the point.
        unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
    }

    #[isolated]
    fn closes_every_descriptor() {
        // SAFETY: none: what was open is in use elsewhere.
        unsafe { libc::close_range(0, u32::MAX, 0) };
    }

    #[isolated]
    fn exits_a_little_later() {
        std::thread::spawn(|| {
            // Not before the test has ended, of which nothing tells a thread; earlier, it is the same exit.
            std::thread::sleep(std::time::Duration::from_millis(20));
            std::process::exit(0)
        });
    }

    /// The child comes back from the test as well, to a process that isn't the worker.
    #[isolated]
    fn forks_and_returns() {
        // SAFETY: what the child does is what this test is about.
        unsafe {
            let child = libc::fork();
            if child > 0 {
                libc::waitpid(child, std::ptr::null_mut(), 0);
                panic!("of the parent");
            }
        }
    }

    #[isolated]
    fn passes_3() {}

    #[isolated]
    fn passes_4() {}

    #[test]
    fn plain() {}

    #[expect(unconditional_recursion, reason = "that's the point")]
    fn sum(n: u64) -> u64 {
        let page = std::hint::black_box([n; 128]);
        page[0] + sum(n - 1)
    }
}
