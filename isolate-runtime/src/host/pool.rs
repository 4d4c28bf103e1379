use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::remote::Remote;
use crate::protocol::Kind;

/// Idle groups whose workers are kept for them. A group beyond that, unused the longest, starts over in a new worker.
const PINNED_MAX: usize = 8;

/// Idle workers that have built databases. One beyond that, unused the longest, is let go.
const BUILT_MAX: usize = 32;

/// The workers that no test is using, and which slots are taken.
#[derive(Default)]
pub struct Pool {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Remote>,
    groups: Vec<Group>,
    /// The slots of all workers, idle or not.
    slots: Vec<u32>,
    incarnations: u32,
}

/// One group of tests: they run in one worker.
struct Group {
    name: &'static str,
    /// One of each kind that its tests need.
    workers: Vec<Remote>,
    last_used: Option<Instant>,
}

impl Pool {
    /// An idle worker of that kind, for the group its own if it has one; `None` if one has to be made.
    pub fn take(&self, group: Option<&'static str>, kind: Kind) -> Option<Remote> {
        fn find(workers: &mut Vec<Remote>, kind: Kind) -> Option<Remote> {
            let place = workers.iter().rposition(|worker| worker.start.kind == kind)?;
            Some(workers.remove(place))
        }
        let mut state = self.lock();
        let own = group.and_then(|group| find(&mut state.group(group).workers, kind));
        own.or_else(|| find(&mut state.idle, kind))
    }

    /// Puts a clean worker back. Returns one that has become superfluous, for the caller to let go.
    pub fn put(&self, worker: Remote, group: Option<&'static str>) -> Option<Remote> {
        let mut state = self.lock();
        let Some(group) = group else {
            state.idle.push(worker);
            let mut built = 0;
            for worker in &state.idle {
                built += usize::from(worker.start.kind.databases != 0);
            }
            let oldest = state.idle.iter().position(|worker| worker.start.kind.databases != 0);
            return oldest
                .filter(|_| built > BUILT_MAX)
                .map(|oldest| state.idle.remove(oldest));
        };
        let entry = state.group(group);
        entry.workers.push(worker);
        entry.last_used = Some(Instant::now());
        let mut pinned = 0;
        let mut oldest: Option<&mut Group> = None;
        for group in &mut state.groups {
            if !group.workers.is_empty() {
                pinned += group.workers.len();
                if oldest.as_ref().is_none_or(|oldest| group.last_used < oldest.last_used) {
                    oldest = Some(group);
                }
            }
        }
        if pinned > PINNED_MAX {
            oldest?.workers.pop()
        } else {
            None
        }
    }

    /// The smallest free slot, taken for the caller, and the number of the next worker.
    pub fn reserve(&self) -> (u32, u32) {
        let mut state = self.lock();
        let taken = u32::try_from(state.slots.len()).expect("fewer workers than numbers");
        let slot = (0..taken).find(|slot| !state.slots.contains(slot)).unwrap_or(taken);
        state.slots.push(slot);
        state.incarnations += 1;
        (slot, state.incarnations)
    }

    /// The worker of that slot is gone.
    pub fn free(&self, slot: u32) {
        self.lock().slots.retain(|&taken| taken != slot);
    }

    /// Lets all idle workers go, if nobody is at the pool just now: at the process's end a thread may hold it for ever.
    pub fn let_all_go(&self) {
        if let Ok(mut state) = self.state.try_lock() {
            state.idle.clear();
            state.groups.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn group(&mut self, name: &'static str) -> &mut Group {
        let place = self
            .groups
            .iter()
            .position(|group| group.name == name)
            .unwrap_or_else(|| {
                self.groups.push(Group {
                    name,
                    workers: Vec::new(),
                    last_used: None,
                });
                self.groups.len() - 1
            });
        &mut self.groups[place]
    }
}
