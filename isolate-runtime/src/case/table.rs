//! The cases of one function: what they have in common, and a table of what they haven't.

use std::fmt::{Debug, Formatter, Result};
use std::sync::OnceLock;

use super::body::{Body, Numbered};
use super::{ShouldPanic, TestCase};

/// All cases of a function. A record for each would cost rustc much; they are made here when somebody asks.
pub struct Table {
    /// What they have in common; its path is that of the module in which they are.
    common: TestCase,
    /// Their paths from there, one after another with a space between.
    names: &'static str,
    /// Their lines.
    lines: &'static [u32],
    /// What is special to some of them.
    rows: &'static [Row],
    call: Numbered,
    cases: OnceLock<Vec<TestCase>>,
}

// SAFETY: as `TestCase`; the cell may be shared if that may.
unsafe impl Sync for Table {}

/// What is special to one case: its number, whether it has to panic, if the function doesn't say it for all, and whether it
/// is ignored.
#[derive(Clone, Copy, Debug)]
pub struct Row(usize, Option<ShouldPanic>, bool);

impl Row {
    /// Nothing is special yet.
    pub const fn new(number: usize) -> Self {
        Self(number, None, false)
    }

    /// Says that this case has to panic.
    #[must_use]
    pub const fn should_panic(self, expected: Option<&'static str>) -> Self {
        Self(self.0, Some(ShouldPanic::new(expected)), self.2)
    }

    /// Says whether this case is ignored.
    #[must_use]
    pub const fn ignored(self, is: bool) -> Self {
        Self(self.0, self.1, is)
    }
}

impl Table {
    /// Cases that differ in nothing but what they run.
    pub const fn new(common: TestCase, names: &'static str, lines: &'static [u32], call: Numbered) -> Self {
        Self {
            common,
            names,
            lines,
            rows: &[],
            call,
            cases: OnceLock::new(),
        }
    }

    /// Says what is special to some.
    #[must_use]
    pub const fn rows(mut self, rows: &'static [Row]) -> Self {
        self.rows = rows;
        self
    }

    /// All of them, in order.
    pub fn cases(&'static self) -> &'static [TestCase] {
        self.cases.get_or_init(|| {
            let mut cases = Vec::with_capacity(self.lines.len());
            for (number, (name, line)) in self.names.split(' ').zip(self.lines).enumerate() {
                cases.push(TestCase {
                    // As long as the table is there, which is a static.
                    path: format!("{}::{name}", self.common.path).leak(),
                    line: *line,
                    body: Body::Numbered(self.call, number),
                    table: Some(self),
                    ..self.common.clone()
                });
            }
            for Row(number, should_panic, ignored) in self.rows {
                let case = &mut cases[*number];
                case.ignored |= ignored;
                if let Some(should_panic) = should_panic {
                    case.should_panic = *should_panic;
                }
            }
            cases
        })
    }
}

impl Debug for Table {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        // Not the cases, which lead back here.
        formatter.debug_tuple("Table").field(&self.common.path).finish()
    }
}
