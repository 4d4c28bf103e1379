//! The other threads of a process that is to be copied. A copy has only one: what the others hold stays held for ever.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::record::{self, FIXTURES};
use super::threads::{Leak, others};

/// Whose the scopes behind [`FIXTURES`] are, in their order.
static OWNERS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Threads that run beside the calling one. `Display` is the reason why their process can't be copied.
#[derive(Debug)]
pub struct Company {
    threads: Vec<(Leak, Option<String>)>,
}

/// Runs `f`; threads that it starts, and those that they start, belong to that fixture, and are never accused.
pub fn of_fixture<T>(fixture: String, f: impl FnOnce() -> T) -> T {
    let mut owners = owners();
    let place = owners.iter().position(|owner| *owner == fixture).unwrap_or_else(|| {
        owners.push(fixture);
        owners.len() - 1
    });
    drop(owners);
    record::with_scope(FIXTURES + 1 + place as u64, f)
}

/// The other threads of this process, if it has any. Waits for those that are about to end.
pub fn company() -> Option<Company> {
    let others = others();
    if others.is_empty() {
        return None;
    }
    let owners = owners();
    let owner = |scope: u64| {
        let place = usize::try_from(scope.checked_sub(FIXTURES + 1)?).ok()?;
        owners.get(place).cloned()
    };
    let threads = others
        .into_iter()
        .map(|(thread, scope)| (thread, owner(scope)))
        .collect();
    Some(Company { threads })
}

impl fmt::Display for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, them) = match self.threads.len() {
            1 => ("another thread".to_owned(), "it holds"),
            more => (format!("{more} other threads"), "those hold"),
        };
        writeln!(
            f,
            "no process can be forked for this test: its worker has {count}\n  locks that {them} would stay locked in \
             the copy for ever"
        )?;
        for (thread, owner) in &self.threads {
            write!(f, "{thread}")?;
            match owner {
                Some(owner) => writeln!(f, "    belongs to {owner}")?,
                None => writeln!(f, "    belongs to no fixture")?,
            }
        }
        write!(
            f,
            "  build the fixture without threads, or for each test (`#[fixture]` without a scope),\n  or let the test share \
             a process (`#[isolated(process = false)]`)"
        )
    }
}

fn owners() -> MutexGuard<'static, Vec<String>> {
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}
