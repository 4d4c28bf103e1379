//! Zygotes beside the first: workers that have built what their tests get copies of, and from which others of their kind are
//! forked. So it is built once in a run, and not in each worker.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::protocol::{Kind, Order};
use crate::sys::descriptor;

/// The most of them. Further kinds are built in each worker.
const MOST: usize = 16;

/// Where workers of a kind come from.
#[derive(Clone, Default)]
pub struct Nursery(Arc<Shared>);

#[derive(Default)]
struct Shared {
    kinds: Mutex<Vec<(Kind, Stage)>>,
    changed: Condvar,
}

enum Stage {
    /// The first worker is building.
    Awaited,
    /// Takes orders here.
    Zygote(Arc<OwnedFd>),
    /// There will be none.
    Never,
}

/// What a worker is to be forked from.
pub enum Origin {
    /// The zygote, which has built nothing.
    Zygote,
    /// The same, and the worker may become a zygote.
    First(Promise),
    /// One that takes orders here.
    Worker(Arc<OwnedFd>),
}

/// That there will be a zygote for a kind, or not: then it is dropped.
pub struct Promise {
    nursery: Nursery,
    kind: Kind,
    kept: bool,
}

impl Nursery {
    /// Where a worker has to come from. Waits while the first of its kind builds what this one would have to build too.
    pub fn origin(&self, kind: Kind) -> Origin {
        if kind.databases == 0 {
            return Origin::Zygote;
        }
        let mut kinds = self.lock();
        loop {
            match kinds.iter().find(|(known, _)| *known == kind).map(|(_, stage)| stage) {
                Some(Stage::Zygote(socket)) => return Origin::Worker(socket.clone()),
                Some(Stage::Never) => return Origin::Zygote,
                None if kinds.len() == MOST => return Origin::Zygote,
                None => {
                    kinds.push((kind, Stage::Awaited));
                    return Origin::First(Promise {
                        nursery: self.clone(),
                        kind,
                        kept: false,
                    });
                }
                Some(Stage::Awaited) => {
                    kinds = self.0.changed.wait(kinds).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// The zygote of a kind is gone.
    pub fn forget(&self, kind: Kind) {
        self.set(kind, Stage::Never);
    }

    /// Ends all in good order, if nobody is here just now: at the process's end a thread may be for ever.
    pub fn end(&self) {
        let Ok(kinds) = self.0.kinds.try_lock() else { return };
        for (_, stage) in kinds.iter() {
            if let Stage::Zygote(socket) = stage {
                let _ = descriptor::send(socket.as_fd(), &Order::End.encode(), &[]);
            }
        }
    }

    fn set(&self, kind: Kind, stage: Stage) {
        let mut kinds = self.lock();
        if let Some(known) = kinds.iter_mut().find(|(known, _)| *known == kind) {
            known.1 = stage;
        }
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Kind, Stage)>> {
        self.0.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Promise {
    /// The worker has become a zygote, which takes orders here.
    pub fn keep(mut self, socket: OwnedFd) {
        self.kept = true;
        self.nursery.set(self.kind, Stage::Zygote(Arc::new(socket)));
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if !self.kept {
            self.nursery.forget(self.kind);
        }
    }
}
