//! Which test is meant, said so that every process of this executable understands it.

use super::body::Body;
use super::{Table, TestCase};
use crate::sys::image::ImageOffset;

/// Where a test's record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasePlace {
    /// Of the record, or of the table that it is made from.
    pub at: ImageOffset,
    /// Its number in the table, counted from one.
    pub number: u32,
}

impl CasePlace {
    /// The place of a test.
    pub fn of(case: &'static TestCase) -> Self {
        match (case.table, case.body) {
            (Some(table), Body::Numbered(_, number)) => Self {
                at: ImageOffset::of(table),
                number: u32::try_from(number + 1).unwrap_or(u32::MAX),
            },
            _ => Self {
                at: ImageOffset::of(case),
                number: 0,
            },
        }
    }

    /// The test that is there in this process.
    ///
    /// # Safety
    ///
    /// It is the place of a test, and was taken in a process of this executable.
    pub unsafe fn get(self) -> &'static TestCase {
        match self.number.checked_sub(1) {
            // SAFETY: as the caller says, it is that of a record.
            None => unsafe { self.at.get() },
            Some(number) => {
                // SAFETY: as the caller says, it is that of a table.
                let table: &'static Table = unsafe { self.at.get() };
                &table.cases()[number as usize]
            }
        }
    }
}
