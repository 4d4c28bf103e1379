//! Handlers of `fork`, registered when the program is loaded, as libraries do: some by the names of jemalloc's, and others.

use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

/// How often they were called: before a fork, after it in the parent, in the child.
static OF_JEMALLOC: [AtomicU8; 3] = [const { AtomicU8::new(0) }; 3];
static OF_OTHERS: [AtomicU8; 3] = [const { AtomicU8::new(0) }; 3];

macro_rules! handlers {
    ($($name:ident: $counts:ident[$when:literal])*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name() {
            $counts[$when].fetch_add(1, Relaxed);
        }
    )*};
}

handlers! {
    _rjem_je_jemalloc_prefork: OF_JEMALLOC[0]
    _rjem_je_jemalloc_postfork_parent: OF_JEMALLOC[1]
    _rjem_je_jemalloc_postfork_child: OF_JEMALLOC[2]
    prefork: OF_OTHERS[0]
    postfork_parent: OF_OTHERS[1]
    postfork_child: OF_OTHERS[2]
}

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    // SAFETY: the handlers only count.
    unsafe {
        libc::pthread_atfork(
            Some(_rjem_je_jemalloc_prefork),
            Some(_rjem_je_jemalloc_postfork_parent),
            Some(_rjem_je_jemalloc_postfork_child),
        );
        libc::pthread_atfork(Some(prefork), Some(postfork_parent), Some(postfork_child));
    }
}

#[cfg(test)]
mod tests {
    use isolate::prelude::*;

    use super::*;

    fn counts() -> [[u8; 3]; 2] {
        [&OF_JEMALLOC, &OF_OTHERS].map(|counts| [0, 1, 2].map(|when| counts[when].load(Relaxed)))
    }

    #[isolated(process)]
    fn is_forked_without_jemallocs() {
        let [jemallocs, others] = counts();
        assert_eq!(others[2], jemallocs[2] + 1, "{jemallocs:?}, {others:?}");
        assert_eq!(others[0], jemallocs[0] + 1, "{jemallocs:?}, {others:?}");
    }

    #[isolated(process)]
    fn forks_with_all() {
        let before = counts();
        // SAFETY: the copy compares numbers and ends.
        let status = unsafe {
            let pid = libc::fork();
            if pid == 0 {
                let called = |[before, _, child]: [u8; 3], now: [u8; 3]| now[0] == before + 1 && now[2] == child + 1;
                let now = counts();
                libc::_exit(i32::from(!(called(before[0], now[0]) && called(before[1], now[1]))));
            }
            let mut status = 0;
            assert_eq!(libc::waitpid(pid, &raw mut status, 0), pid);
            status
        };
        assert_eq!(status, 0, "{before:?}");
        assert_eq!(counts(), before.map(|[before, parent, child]| [before + 1, parent + 1, child]));
    }
}
