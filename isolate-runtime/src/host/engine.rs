use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::group_lock::GroupLock;
use super::nursery::{Nursery, Origin, Promise};
use super::output::Output;
use super::plan::{Batch, Next, Outcome, Plan};
use super::pool::Pool;
use super::remote::{Missing, Remote};
use super::selection::{self, Selection};
use super::zygote::Zygote;
use crate::case::TestCase;
use crate::config::{Config, Mode};
use crate::directory;
use crate::error::Error;
use crate::port_block::{PortBlock, PortRange};
use crate::protocol::{Kind, Order, WorkerStart};
use crate::session;
use crate::sys::claims::Claims;
use crate::sys::descriptor;
use crate::sys::interpose::{self, Detail};
use crate::sys::process::Pid;
use crate::worker::TEMPORARY;

/// What the host needs to run tests: the plan, the zygote, the workers, the ports.
pub struct Engine {
    config: &'static Config,
    plan: Plan,
    pool: Pool,
    nursery: Nursery,
    /// `None` before the first worker, and after the zygote has died.
    zygote: Mutex<Option<Zygote>>,
    /// By slot: the lease stays with the slot when its worker is replaced.
    ports: Mutex<Vec<(u32, Result<PortBlock, String>)>>,
}

static ENGINE: OnceLock<Engine> = OnceLock::new();

impl Engine {
    /// The engine of this process, made at the first call.
    pub fn get(config: &'static Config) -> &'static Self {
        ENGINE.get_or_init(|| {
            session::end_with_process();
            if config.mode == Mode::Workers {
                // libtest's threads, one a test.
                interpose::note(Detail::Nothing);
            }
            Self {
                config,
                plan: plan(config),
                pool: Pool::default(),
                nursery: Nursery::default(),
                zygote: Mutex::default(),
                ports: Mutex::default(),
            }
        })
    }

    /// Sees to it that the test is run, here or by another thread, and returns how it ended. Runs others meanwhile.
    pub fn outcome(&'static self, case: &'static TestCase) -> Outcome {
        let mut ticket = self.plan.ask_for(case, || kind(case, self.config));
        loop {
            match self.plan.next(&mut ticket) {
                Next::Tell(outcome) => return outcome,
                Next::Run(mut batch) => {
                    let last = self.run(&mut batch);
                    // If there was no worker, the others may have more luck.
                    batch.keep(batch.settled() + 1);
                    batch.settle(vec![last]);
                }
            }
        }
    }

    /// Runs tests, and settles all but the last that was run, whose outcome is returned. By then its worker is free.
    fn run(&self, batch: &mut Batch<'_>) -> Outcome {
        let (group, kind) = (batch.group(), batch.kind());
        let _lock = match (group, self.config.mode) {
            (Some(group), Mode::Nextest { .. }) => {
                Some(GroupLock::acquire(group).map_err(|error| format!("group `{group}` can't be locked: {error}"))?)
            }
            _ => None,
        };
        let (mut worker, mut is_new) = match self.pool.take(group, kind) {
            Some(worker) => (worker, false),
            None => (self.new_worker(kind)?, true),
        };
        let mut finished = loop {
            if let Some(finished) = worker.run(batch) {
                break finished;
            }
            self.let_go(&worker);
            if is_new {
                return Err(
                    "its new worker ended before it could begin: somebody killed it, or memory ran out\n  run it again; \
                     `ISOLATE=inline` runs it without a worker"
                        .to_owned(),
                );
            }
            // It was killed while it was idle, which is no fault of this test.
            (worker, is_new) = (self.new_worker(kind)?, true);
        };
        if finished.reusable() {
            if let Some(superfluous) = self.pool.put(worker, group) {
                self.let_go(&superfluous);
            }
        } else {
            worker.end(&mut finished);
            self.let_go(&worker);
        }
        Ok(finished)
    }

    fn new_worker(&self, kind: Kind) -> Result<Remote, String> {
        let (slot, incarnation) = self.pool.reserve();
        let slot = if let Mode::Nextest { slot } = self.config.mode {
            slot
        } else {
            slot
        };
        self.try_new_worker(slot, incarnation, kind).map_err(|error| {
            self.pool.free(slot);
            format!("no worker could be started: {error}")
        })
    }

    fn try_new_worker(&self, slot: u32, incarnation: u32, kind: Kind) -> Result<Remote, String> {
        let run = session::run_directory()?;
        let directory = run
            .worker_directory(Some(slot), incarnation)
            .map_err(|error| error.to_string())?;
        let start = WorkerStart {
            slot,
            incarnation,
            directory,
            ports: self.lease(slot),
            kind,
        };
        let mut promise = None;
        match self.nursery.origin(kind) {
            Origin::Zygote => {}
            Origin::First(first) => promise = Some(first),
            Origin::Worker(socket) => {
                match self.connect(start.clone(), self.zygote_pid(), socket.as_fd(), None) {
                    Ok(worker) => return Ok(worker),
                    Err(Missing::Refused(reason)) => return Err(reason),
                    // Somebody has killed it.
                    Err(Missing::Lost(_)) => self.nursery.forget(kind),
                }
            }
        }
        // A zygote that has died takes its workers along, and is replaced once.
        let mut attempt = || self.fork(start.clone(), &mut promise);
        attempt().or_else(|_| attempt()).map_err(|error| error.to_string())
    }

    fn zygote_pid(&self) -> Option<Pid> {
        let zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        zygote.as_ref().map(Zygote::pid)
    }

    fn fork(&self, start: WorkerStart, promise: &mut Option<Promise>) -> io::Result<Remote> {
        let mut zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the sockets of this worker exist: a forked zygote would hold copies of them.
        let running = match zygote.take() {
            Some(running) => running,
            None => Zygote::start(self.config)?,
        };
        let running = zygote.insert(running);
        let orders = if promise.is_some() {
            Some(descriptor::message_pair()?)
        } else {
            None
        };
        let (mine, workers) = orders.unzip();
        let forked = self.connect(start, Some(running.pid()), running.socket(), workers);
        let forked = forked.map(|mut worker| {
            if let Some(promise) = promise.take().zip(mine) {
                worker.expect(promise);
            }
            worker
        });
        forked.map_err(|missing| match missing {
            // Other workers may still run tests.
            Missing::Refused(reason) => io::Error::other(reason),
            Missing::Lost(error) => {
                let epitaph = zygote.take().map_or_else(String::new, Zygote::epitaph);
                io::Error::other(format!("{error}{epitaph}"))
            }
        })
    }

    /// Orders a worker, and waits until it is there. If `orders` are given, it may take some itself later.
    fn connect(
        &self,
        start: WorkerStart,
        zygote: Option<Pid>,
        to: BorrowedFd<'_>,
        orders: Option<OwnedFd>,
    ) -> Result<Remote, Missing> {
        let zygote = zygote.ok_or(io::Error::from(io::ErrorKind::NotConnected))?;
        let (control, workers_control) = UnixStream::pair()?;
        let (supervisor, zygotes_supervisor) = descriptor::message_pair()?;
        let (claims, workers_claims) = Claims::new()?;
        let (output, writer) = if self.config.nocapture {
            (None, None)
        } else {
            let (reader, writer) = io::pipe()?;
            descriptor::set_nonblocking(reader.as_fd())?;
            (Some(Output::new(reader)), Some(writer))
        };
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let streams = match &writer {
            Some(writer) => [writer.as_fd(), writer.as_fd()],
            None => [stdout.as_fd(), stderr.as_fd()],
        };
        let mut passed = vec![
            workers_control.as_fd(),
            zygotes_supervisor.as_fd(),
            workers_claims.as_fd(),
            streams[0],
            streams[1],
        ];
        passed.extend(orders.as_ref().map(AsFd::as_fd));
        let sent = descriptor::send(to, &Order::Fork(start.clone()).encode(), &passed);
        drop((workers_control, zygotes_supervisor, workers_claims, writer, orders));
        sent?;
        Remote::new(start, control, supervisor, zygote, claims, output)
    }

    /// A worker has come to its end.
    fn let_go(&self, worker: &Remote) {
        if worker.start.kind.own.files {
            let _ = directory::remove_tree(&worker.start.directory.join(TEMPORARY));
        }
        // Directories that failed tests keep make it fail, as it should.
        let _ = std::fs::remove_dir(&worker.start.directory);
        self.pool.free(worker.start.slot);
    }

    /// First port of the slot's block, leased at the first call.
    fn lease(&self, slot: u32) -> Result<u16, String> {
        let mut leases = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        let place = leases
            .iter()
            .position(|(leased, _)| *leased == slot)
            .unwrap_or_else(|| {
                leases.push((slot, PortBlock::lease(Some(slot)).map_err(|error| error.to_string())));
                leases.len() - 1
            });
        let (_, lease) = &leases[place];
        lease.as_ref().map(|block| block.range().base()).map_err(Clone::clone)
    }

    /// Ends workers and zygote; `false` if a worker could not take down what it had built. For the end of the process,
    /// when other threads may be stopped anywhere.
    pub fn end() -> bool {
        let Some(engine) = ENGINE.get() else { return true };
        engine.pool.let_all_go();
        engine.nursery.end();
        match engine.zygote.try_lock() {
            Ok(mut zygote) => zygote.take().is_none_or(Zygote::end),
            Err(_) => true,
        }
    }
}

/// The kind of worker that runs this test.
fn kind(case: &'static TestCase, config: &Config) -> Kind {
    let forks = case.has_process(config);
    // A group stays in one worker, whatever its tests ask for; a process of nextest's has one test.
    let may_share = forks && case.group.is_none() && config.mode == Mode::Workers;
    Kind {
        own: case.own(),
        forks,
        databases: if may_share { databases(case) } else { 0 },
    }
}

#[cfg(feature = "db")]
fn databases(case: &'static TestCase) -> u64 {
    crate::context::Context::databases_of(case)
}

#[cfg(not(feature = "db"))]
fn databases(_: &'static TestCase) -> u64 {
    0
}

/// The tests that libtest is going to start, unless that can't be known, or their output must come as they run.
fn plan(config: &Config) -> Plan {
    let selection = match config.mode {
        Mode::Workers if !config.nocapture => Selection::of_process(),
        _ => None,
    };
    let Some(selection) = selection else {
        return Plan::new(Vec::new(), 1);
    };
    let tests = selection::tests(Some(&selection), config).map(|case| (case, kind(case, config)));
    Plan::new(tests.collect(), selection.threads)
}

/// The ports of `master`, leased for the life of the process.
pub fn lease_for_master() -> Result<PortRange, Error> {
    static LEASE: OnceLock<PortBlock> = OnceLock::new();
    let block = PortBlock::lease(None)?;
    Ok(LEASE.get_or_init(|| block).range())
}
