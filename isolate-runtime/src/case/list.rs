//! All isolated tests of this program, also those that nothing has asked for yet.

use super::{Table, TestCase};
use crate::sys::section;

impl TestCase {
    /// All of the program, in no order: those that are compiled, with the names that libtest has for them. What it doesn't
    /// know is here too: tests within the body of a function, of which rustc warns. Empty if the linker has made something
    /// else of them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        // SAFETY: the macro puts statics of this type there, and nothing else; its version is that of this crate.
        let single: &[Self] = unsafe { section::CASES.all() }.unwrap_or_default();
        // SAFETY: as above.
        let tables: &[Table] = unsafe { section::TABLES.all() }.unwrap_or_default();
        single.iter().chain(tables.iter().flat_map(Table::cases))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CasePlace, Row, ShouldPanic};

    const fn case() -> TestCase {
        crate::case::new("crate::a::test", "a.rs", 1, "", |_| Ok(()))
    }

    #[unsafe(link_section = "isolate_cases")]
    static ONE: TestCase = case();
    #[unsafe(link_section = "isolate_cases")]
    static MORE: [TestCase; 2] = [case().group("a"), case().ignored(true)];

    #[unsafe(link_section = "isolate_tables")]
    static TABLE: Table = Table::new(case(), "case_1 deep::case_2", &[3, 4], |_, _| Ok(()))
        .rows(&[Row::new(1).should_panic(None).ignored(true)]);

    #[test]
    fn finds_those_in_the_sections() {
        let all: Vec<&'static TestCase> = TestCase::all().collect();
        assert_eq!(all.len(), 5);
        for case in [&ONE, &MORE[0], &MORE[1]] {
            assert!(all.iter().any(|found| std::ptr::eq(*found, case)));
        }
        let [first, second] = TABLE.cases() else {
            panic!("there are two");
        };
        assert!(all[3..].iter().zip([first, second]).all(|(a, b)| std::ptr::eq(*a, b)));
        assert_eq!(
            (first.path, first.line, first.ignored),
            ("crate::a::test::case_1", 3, false)
        );
        assert_eq!(
            (second.name(), second.line, second.ignored),
            ("a::test::deep::case_2", 4, true)
        );
        assert_eq!(second.should_panic, ShouldPanic::Yes);
    }

    #[test]
    fn a_place_leads_back_to_its_test() {
        for case in TestCase::all() {
            // SAFETY: a place of this process.
            assert!(std::ptr::eq(unsafe { CasePlace::of(case).get() }, case));
        }
    }
}
