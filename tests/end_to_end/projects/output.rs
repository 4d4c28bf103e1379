//! Tests that print, in every way there is.

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::Command;

    use isolate::prelude::*;

    #[test]
    fn plain() {
        println!("from a plain test");
    }

    #[isolated]
    fn quiet() {
        println!("never to be seen");
        eprintln!("never to be seen");
        print_from_c();
        print_from_a_child();
    }

    #[isolated]
    fn rust() {
        println!("rust, standard output");
        eprintln!("rust, standard error");
        panic!("rust is {}", "broken"); // PANIC
    }

    #[isolated]
    fn other_threads() {
        std::thread::spawn(|| println!("rust, another thread")).join().unwrap();
        panic!("threads are broken");
    }

    #[isolated]
    fn c() {
        print_from_c();
        panic!("c is broken");
    }

    #[isolated]
    fn children() {
        print_from_a_child();
        panic!("children are broken");
    }

    #[isolated]
    fn unfinished_line() {
        print!("no newline at the end");
        panic!("lines are broken");
    }

    #[isolated]
    fn not_text() {
        std::io::stdout().write_all(b"before \xff\xfe after\n").unwrap();
        panic!("encodings are broken");
    }

    #[isolated]
    fn result() -> std::result::Result<(), std::num::ParseIntError> {
        println!("rust, before the error");
        "four".parse::<i32>()?;
        Ok(())
    }

    #[isolated]
    fn helper_function_panics() {
        deep_down(); // CALLER
    }

    #[track_caller]
    fn deep_down() {
        panic!("deep down");
    }

    #[isolated]
    fn descriptors_1_are_closed() {
        // SAFETY: none: what was open is in use elsewhere.
        unsafe {
            libc::close(1);
            libc::close(2);
        }
    }

    #[isolated]
    fn descriptors_2_are_used() {
        println!("after the close");
        panic!("heard all the same");
    }

    #[isolated]
    fn payload_without_text() {
        std::panic::panic_any(7_u8); // PAYLOAD
    }

    #[isolated(timeout = "60s")]
    fn flood_then_failure() {
        flood();
        panic!("floods are broken");
    }

    #[isolated(timeout = "60s")]
    fn flood_then_success() {
        flood();
    }

    #[isolated(timeout = "60s")]
    fn flood_from_a_child() {
        let flood = "yes 'water from a child' | head -c 100000000; echo child flood ends >&2";
        assert!(Command::new("sh").args(["-c", flood]).status().unwrap().success());
        panic!("child floods are broken");
    }

    /// The child keeps the pipe open for longer than anyone wants to wait.
    #[isolated]
    fn child_stays() {
        Command::new("sleep").arg("1000").spawn().unwrap();
        println!("before the child");
        panic!("children stay");
    }

    /// Tells its progress, and waits to be seen before it goes on.
    #[isolated(timeout = "60s")]
    fn streams() {
        println!("streamed first");
        let go = std::path::Path::new(&std::env::var_os("E2E_DIR").unwrap()).join("go");
        while !go.exists() {
            std::thread::yield_now();
        }
        println!("streamed last");
    }

    fn flood() {
        let line = format!("water {}\n", "~".repeat(993));
        let mut out = std::io::stdout().lock();
        out.write_all(b"flood begins\n").unwrap();
        for _ in 0..100_000 {
            out.write_all(line.as_bytes()).unwrap();
        }
        out.write_all(b"flood ends\n").unwrap();
    }

    fn print_from_c() {
        // SAFETY: the strings are terminated, the format takes one number, and the length is that of the bytes.
        unsafe {
            libc::printf(c"c, printf %d\n".as_ptr(), 42);
            libc::puts(c"c, puts".as_ptr());
            libc::write(1, b"c, write\n".as_ptr().cast(), 9);
            libc::write(2, b"c, to standard error\n".as_ptr().cast(), 21);
        }
    }

    fn print_from_a_child() {
        assert!(
            Command::new("sh")
                .args(["-c", "echo child, echo; echo child, error >&2"])
                .status()
                .unwrap()
                .success()
        );
    }
}
