//! A worker that has built what its tests get copies of can become a zygote: others are forked from it then, and needn't
//! build it again. It goes on as the worker that it was in a copy of itself.

use std::cell::Cell;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::question;
use crate::protocol::Report;
use crate::sys::claims::Claims;
use crate::sys::process::{self, Fork, Pid};
use crate::sys::sample::SampleArea;
use crate::sys::{coverage, descriptor, output};
use crate::{fixture, zygote};

/// What connects a worker with host and zygote.
pub struct Links<'a> {
    /// Tasks come in here, reports go out.
    pub control: &'a UnixStream,
    /// How far the worker is with its tests.
    pub claims: &'a Claims,
    /// Where its threads answer the zygote.
    pub samples: &'a SampleArea,
    /// What the whole run writes to, and not only this worker.
    pub stderr: BorrowedFd<'a>,
    /// Where orders come in if it becomes a zygote, which it may once.
    pub orders: Cell<Option<OwnedFd>>,
}

impl Links<'_> {
    /// Lets others be forked that have what this process has built, if that is wanted. For a process with one thread, which
    /// has run nothing yet.
    ///
    /// Returns in the copy that is the worker from now on, or in this process if there is none.
    pub fn split(&self) {
        let Some(orders) = self.orders.take() else { return };
        // What isn't memory would be shared by workers who each count on having their own.
        let can = !fixture::any_outlives_tests() && !process::has_children();
        let is_zygote = can && self.go_on_in_copy(orders).is_ok();
        let _ = Report::Prepared { is_zygote }.write(self.control);
    }

    /// Returns `Ok` in the copy.
    fn go_on_in_copy(&self, orders: OwnedFd) -> io::Result<()> {
        let original = std::process::id().cast_signed();
        let (mut go, mut ready) = io::pipe()?;
        self.claims.reach_forks(true);
        let forked = process::fork_alone();
        self.claims.reach_forks(false);
        match forked? {
            Fork::Child => {
                drop((orders, ready));
                let _ = process::die_with(original);
                // Until somebody has an eye on it.
                if !matches!(go.read(&mut [0]), Ok(1)) {
                    process::exit_now(0);
                }
                let _ = process::adopt_orphans();
                self.samples.point_at(std::process::id().cast_signed());
                coverage::write_own_file();
                Ok(())
            }
            Fork::Parent(copy) => {
                drop(go);
                let supervisor = zygote::ask_for_supervisor().inspect_err(|_| {
                    process::kill(copy);
                    process::reap_now(copy);
                })?;
                let _ = ready.write_all(&[0]);
                drop(ready);
                self.be_zygote(copy, supervisor, orders)
            }
        }
    }

    fn be_zygote(&self, copy: Pid, supervisor: OwnedFd, orders: OwnedFd) -> ! {
        process::name_thread("isolate zygote");
        // What stays open here keeps its peer from ever seeing end-of-file, also in the workers to come. This frame, and
        // those below it, are never left, and so their descriptors never closed.
        let closed = [
            descriptor::replace(self.control.as_fd(), self.stderr),
            question::answer_nobody(self.stderr),
            output::redirect_again([self.stderr; 2]),
        ];
        let worker = zygote::Member::worker(copy, supervisor, self.samples.share());
        match (worker, closed.into_iter().all(|closed| closed.is_ok())) {
            (Ok(worker), true) => zygote::serve_too(orders, worker),
            // The copy dies with it, and the host sees that.
            _ => process::exit_now(0),
        }
    }
}
