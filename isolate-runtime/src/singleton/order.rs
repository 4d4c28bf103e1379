//! The order in which singletons are reset.

use super::entry::Entry;
use super::error::Cause;

/// Sorts singletons so that each comes behind those in its `after`, and by name where that leaves a choice (Kahn 1962,
/// "Topological sorting of large networks", always taking the first by name of those that are ready).
///
/// Fails with every `after` that names no registered static, or else with one cycle.
pub fn order<'a>(registered: impl IntoIterator<Item = &'a Entry>) -> Result<Vec<&'a Entry>, Vec<Cause>> {
    let key = |entry: &Entry| (entry.name, entry.file, entry.line);
    let mut entries: Vec<&Entry> = Vec::new();
    for entry in registered {
        let place = entries.partition_point(|other| key(other) <= key(entry));
        entries.insert(place, entry);
    }
    let mut waiting = before(&entries)?;
    let mut order = Vec::with_capacity(entries.len());
    let mut done = vec![false; entries.len()];
    while let Some(next) = (0..entries.len()).find(|&i| !done[i] && waiting[i].iter().all(|&j| done[j])) {
        done[next] = true;
        order.push(entries[next]);
    }
    if order.len() == entries.len() {
        return Ok(order);
    }
    for before in &mut waiting {
        before.retain(|&j| !done[j]);
    }
    Err(vec![Cause::Cycle(cycle(&entries, &waiting, &done))])
}

/// For each entry the indices of those that come before it.
fn before(entries: &[&Entry]) -> Result<Vec<Vec<usize>>, Vec<Cause>> {
    let mut missing = Vec::new();
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut before = Vec::new();
        for named in entry.after {
            let known = before.len();
            for (i, other) in entries.iter().enumerate() {
                // Several at one address: a static registered twice, or statics without size.
                if other.instance.address == named.address {
                    before.push(i);
                }
            }
            if before.len() == known {
                missing.push(Cause::Unregistered {
                    singleton: (*entry).into(),
                    after: named.path,
                });
            }
        }
        all.push(before);
    }
    if missing.is_empty() { Ok(all) } else { Err(missing) }
}

/// Follows those that wait for each other until one comes up again.
fn cycle(entries: &[&Entry], waiting: &[Vec<usize>], done: &[bool]) -> Vec<super::error::Place> {
    let mut path: Vec<usize> = Vec::new();
    let mut current = done.iter().position(|done| !done).unwrap_or_default();
    while !path.contains(&current) {
        path.push(current);
        current = waiting[current][0];
    }
    let start = path.iter().position(|&i| i == current).unwrap_or_default();
    path.push(current);
    path[start..].iter().map(|&i| entries[i].into()).collect()
}
