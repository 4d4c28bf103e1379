//! Two hundred tests that can't live in one process: each takes what a process has one of.

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    static LOGGED: AtomicU32 = AtomicU32::new(0);
    static TRACED: AtomicU32 = AtomicU32::new(0);
    static PANICKED: Mutex<Option<u32>> = Mutex::new(None);

    struct Logger;

    impl log::Log for Logger {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, _: &log::Record<'_>) {
            LOGGED.fetch_add(1, Relaxed);
        }

        fn flush(&self) {}
    }

    struct Subscriber;

    impl tracing::Subscriber for Subscriber {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }

        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

        fn event(&self, _: &tracing::Event<'_>) {
            TRACED.fetch_add(1, Relaxed);
        }

        fn enter(&self, _: &tracing::span::Id) {}

        fn exit(&self, _: &tracing::span::Id) {}
    }

    /// An `exit` of the test itself is a failure; that of a copy is the copy's own affair.
    fn exits_in_a_copy(code: i32) {
        // SAFETY: this process has one thread, so that the copy may do what it likes.
        unsafe {
            let copy = libc::fork();
            if copy == 0 {
                std::process::exit(code);
            }
            let mut status = 0;
            assert_eq!(libc::waitpid(copy, &raw mut status, 0), copy);
            assert_eq!(libc::WEXITSTATUS(status), code);
        }
    }

    fn takes_everything(number: u32) {
        exits_in_a_copy(7);
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Info);
        log::info!("{number}");
        assert_eq!(LOGGED.load(Relaxed), 1);

        tracing::subscriber::set_global_default(Subscriber).unwrap();
        tracing::info!(number);
        assert_eq!(TRACED.load(Relaxed), 1);

        rayon_core::ThreadPoolBuilder::new().num_threads(2).build_global().unwrap();
        let (a, b) = rayon_core::join(|| number, || 1);
        assert_eq!(a + b, number + 1);

        std::panic::set_hook(Box::new(move |_| *PANICKED.lock().unwrap() = Some(number)));
        std::panic::catch_unwind(|| panic!("for the hook")).unwrap_err();
        assert_eq!(PANICKED.lock().unwrap().take(), Some(number));
        drop(std::panic::take_hook());

        assert!(std::env::var_os("TAKEN").is_none());
        // SAFETY: no other thread of this process looks at the environment.
        unsafe { std::env::set_var("TAKEN", number.to_string()) };
        assert_ne!(std::env::current_dir().unwrap(), Path::new("/proc"));
        std::env::set_current_dir("/proc").unwrap();

        let listener = TcpListener::bind("127.0.0.1:5000").unwrap();
        let client = std::net::TcpStream::connect("127.0.0.1:5000").unwrap();
        assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());

        Box::leak(vec![1_u8; 1 << 20].into_boxed_slice());
        std::mem::forget((listener, client));
    }

    // The threads of a global pool never end.
    #[isolate::isolated(process, network, leaks(threads = "off"))]
    mod apart {
        #[test]
        fn takes_everything(
            #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] tens: u32,
            #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)] ones: u32,
        ) {
            super::takes_everything(10 * tens + ones);
        }
    }

    #[isolate::isolated(leaks(threads = "off"))]
    mod together {
        #[test]
        fn takes_everything(
            #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] tens: u32,
            #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)] ones: u32,
        ) {
            super::takes_everything(10 * tens + ones);
        }
    }
}
