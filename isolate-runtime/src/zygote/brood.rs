//! The processes that the zygote has forked and not yet buried.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::protocol::Event;
use crate::sys::sample::SampleArea;
use crate::sys::{descriptor, poll, process};
use crate::worker::TEARDOWN_FAILED;

/// How long an orderly exit, with the teardown of what the worker holds, may take before it becomes a kill.
pub const EXIT_GRACE: Duration = Duration::from_secs(10);
/// How much longer a zygote may take, which gives its own workers that time.
const ZYGOTE_GRACE: Duration = Duration::from_secs(2);
/// How long a killed process may take to vanish (it can be stuck in the kernel).
const DEATH_LIMIT: Duration = Duration::from_secs(5);

/// A child of the zygote: a worker, a helper that reports on one, or a worker that has become a zygote.
pub struct Member {
    pid: process::Pid,
    /// Becomes readable when it ends.
    watch: OwnedFd,
    /// The host's line about this worker; `None` once the host has let go of it.
    pub supervisor: Option<OwnedFd>,
    /// Where its threads answer when asked for their stacks.
    pub samples: Option<SampleArea>,
    /// When it is killed, if it hasn't ended by then.
    deadline: Option<Instant>,
    is_killed: bool,
    /// It has workers of its own, and takes the host's orders.
    is_zygote: bool,
}

impl Member {
    /// A worker under supervision.
    pub fn worker(pid: process::Pid, supervisor: OwnedFd, samples: SampleArea) -> Result<Self, (io::Error, OwnedFd)> {
        match process::watch(pid) {
            Ok(watch) => Ok(Self {
                pid,
                watch,
                supervisor: Some(supervisor),
                samples: Some(samples),
                deadline: None,
                is_killed: false,
                is_zygote: false,
            }),
            Err(error) => {
                process::kill(pid);
                Err((error, supervisor))
            }
        }
    }

    /// A process with an errand that must not last longer than `limit`.
    pub fn helper(pid: process::Pid, limit: Duration) -> io::Result<Self> {
        let watch = process::watch(pid)?;
        Ok(Self {
            pid,
            watch,
            supervisor: None,
            samples: None,
            deadline: Some(Instant::now() + limit),
            is_killed: false,
            is_zygote: false,
        })
    }

    /// Its process id.
    pub fn pid(&self) -> process::Pid {
        self.pid
    }

    /// Kills it; [`Brood::bury`] does the rest when it has ended.
    pub fn kill(&mut self) {
        self.is_killed = true;
        process::kill(self.pid);
    }

    /// Tells the host; a host that doesn't listen any more is fine.
    pub fn tell(&self, event: &Event) {
        if let Some(supervisor) = &self.supervisor {
            let _ = descriptor::send(supervisor.as_fd(), &event.encode(), &[]);
        }
    }

    /// The host has let go of it: it has read end-of-file and will exit by itself, or be killed.
    pub fn release(&mut self) {
        self.supervisor = None;
        let grace = if self.is_zygote {
            EXIT_GRACE + ZYGOTE_GRACE
        } else {
            EXIT_GRACE
        };
        self.deadline = Some(Instant::now() + grace);
    }
}

/// All living members.
#[derive(Default)]
pub struct Brood {
    pub members: Vec<Member>,
    /// Whether a worker could not take down what it had built.
    pub failed: bool,
    /// Other children that are not this module's to end.
    pub others: Vec<process::Pid>,
    /// Keepers of session fixtures. They outlive the zygote, and whatever they have started is theirs to end: it stays in
    /// the kernel's session that each has opened.
    pub keepers: Vec<process::Pid>,
}

impl Brood {
    /// Per member its watch and its supervisor, in this order, for polling.
    pub fn descriptors(&self) -> Vec<Option<BorrowedFd<'_>>> {
        let mut descriptors = Vec::new();
        for member in &self.members {
            descriptors.push(Some(member.watch.as_fd()));
            descriptors.push(member.supervisor.as_ref().map(AsFd::as_fd));
        }
        descriptors
    }

    /// Gives a helper as much time from now on; `false` if it has ended.
    pub fn prolong(&mut self, helper: process::Pid, limit: Duration) -> bool {
        let mut members = self.members.iter_mut();
        let member = members.find(|member| member.samples.is_none() && member.pid == helper);
        member.is_some_and(|member| {
            member.deadline = Some(Instant::now() + limit);
            true
        })
    }

    /// The next moment at which [`Self::enforce`] has something to do.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.members.iter().filter_map(|member| member.deadline).min()
    }

    /// Kills those whose time is up.
    pub fn enforce(&mut self) {
        let now = Instant::now();
        for member in &mut self.members {
            if member.deadline.is_some_and(|deadline| deadline <= now) {
                if member.samples.is_some() {
                    // Nobody else would hear of it.
                    eprintln!(
                        "isolate: worker {} failed at its end\n  it was still taking down what it held after {} s, and was killed",
                        process::name(member.pid).trim_start_matches("isolate "),
                        EXIT_GRACE.as_secs()
                    );
                    self.failed = true;
                }
                member.kill();
                member.deadline = None;
            }
        }
    }

    /// Takes leave of the members that have ended, after killing what they left behind.
    ///
    /// A test that calls `exit(1)` looks like a failed teardown, and fails the run all the same.
    pub fn bury(&mut self) {
        let mut buried = Vec::new();
        self.members.retain_mut(|member| match process::reap(member.pid) {
            Ok(None) => true,
            Ok(Some(status)) => {
                let counts = member.samples.is_some() || member.is_zygote;
                self.failed |= counts && status.code() == Some(TEARDOWN_FAILED);
                if let Some(supervisor) = member.supervisor.take() {
                    buried.push((supervisor, status));
                }
                false
            }
            Err(_) => false,
        });
        for &keeper in &self.keepers {
            let _ = process::reap(keeper);
        }
        // Every other child was a descendant of a worker that is no more: living workers adopt their own.
        self.kill_strangers();
        for (supervisor, status) in buried {
            let _ = descriptor::send(supervisor.as_fd(), &Event::Ended(status).encode(), &[]);
        }
    }

    /// A worker wants to be the zygote of itself and others: it gets its line to the host through `answer`, and from now on
    /// orders come to it by its own.
    pub fn let_supervise(&mut self, pid: process::Pid, answer: BorrowedFd<'_>) {
        let worker = self.members.iter_mut().find(|member| member.pid == pid);
        let Some(worker) = worker.filter(|worker| worker.samples.is_some() && !worker.is_killed) else {
            return;
        };
        if let Some(supervisor) = &worker.supervisor
            && descriptor::send(answer, &[0], &[supervisor.as_fd()]).is_ok()
        {
            worker.supervisor = None;
            worker.samples = None;
            worker.is_zygote = true;
        }
    }

    /// Ends every member, workers gently if `orderly`, and returns when all are gone or cannot be killed.
    pub fn end(&mut self, orderly: bool) {
        for member in &mut self.members {
            if orderly && (member.samples.is_some() || member.is_zygote) {
                member.release();
            } else {
                member.kill();
            }
        }
        let limit = Instant::now() + EXIT_GRACE + DEATH_LIMIT;
        while !self.members.is_empty() && Instant::now() < limit {
            let deadline = self.next_deadline().unwrap_or(limit).min(limit);
            let watches: Vec<_> = self.members.iter().map(|member| Some(member.watch.as_fd())).collect();
            if poll::readable_of(&watches, Some(deadline)).is_err() {
                break;
            }
            self.enforce();
            self.bury();
        }
        self.kill_strangers();
    }

    fn is_kept(&self, pid: process::Pid) -> bool {
        self.others.contains(&pid)
            || self.keepers.contains(&pid)
            || process::session_of(pid).is_some_and(|session| self.keepers.contains(&session))
    }

    /// Kills every child that isn't known here, and what becomes a child by that.
    pub fn kill_strangers(&self) {
        let limit = Instant::now() + DEATH_LIMIT;
        loop {
            let mut strangers = process::children();
            strangers.retain(|pid| self.members.iter().all(|member| member.pid != *pid) && !self.is_kept(*pid));
            if strangers.is_empty() || Instant::now() > limit {
                return;
            }
            for pid in strangers {
                process::kill(pid);
                // The children of this one become ours at its death, and are seen in the next round.
                if let Ok(watch) = process::watch(pid) {
                    let _ = poll::readable([Some(watch.as_fd())], Some(limit));
                }
                let _ = process::reap(pid);
            }
        }
    }
}
