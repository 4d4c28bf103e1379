//! All isolated tests of this program, also those that nothing has asked for yet.

use super::TestCase;
use crate::sys::section;

impl TestCase {
    /// All of the program, in no order: those that are compiled, with the names that libtest has for them. What it doesn't
    /// know is here too: tests within the body of a function, of which rustc warns. Empty if the linker has made something
    /// else of them.
    pub fn all() -> &'static [Self] {
        // SAFETY: the macro puts statics of this type there, and nothing else; its version is that of this crate.
        unsafe { section::all() }.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: TestCase = TestCase::new("crate::a::test", "a.rs", 1, "", |_| Ok(()));

    #[unsafe(link_section = "isolate_cases")]
    static ONE: TestCase = CASE;
    #[unsafe(link_section = "isolate_cases")]
    static MORE: [TestCase; 2] = [CASE.group("a"), CASE.ignored(true)];

    #[test]
    fn finds_those_in_the_section() {
        let all = TestCase::all();
        assert_eq!(all.len(), 3);
        for case in [&ONE, &MORE[0], &MORE[1]] {
            assert!(all.iter().any(|found| std::ptr::eq(found, case)));
        }
    }
}
