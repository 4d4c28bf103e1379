use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::group_lock::GroupLock;
use super::output::Output;
use super::pool::Pool;
use super::remote::{Finished, Remote};
use super::zygote::Zygote;
use crate::case::TestCase;
use crate::config::{Config, Mode};
use crate::directory;
use crate::error::Error;
use crate::port_block::{PortBlock, PortRange};
use crate::protocol::{Kind, Order, WorkerStart};
use crate::session;
use crate::sys::descriptor;
use crate::sys::interpose::{self, Detail};
use crate::worker::TEMPORARY;

/// What the host needs to run tests: the zygote, the workers, the ports.
pub struct Engine {
    config: &'static Config,
    pool: Pool,
    /// `None` before the first worker, and after the zygote has died.
    zygote: Mutex<Option<Zygote>>,
    /// By slot: the lease stays with the slot when its worker is replaced.
    ports: Mutex<Vec<(u32, Result<PortBlock, String>)>>,
}

/// A worker, and the group if the test has one, while a test uses them.
pub struct Place<'a> {
    engine: &'a Engine,
    group: Option<&'static str>,
    worker: Option<Remote>,
    /// Holds the group against other processes.
    lock: Option<GroupLock>,
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
                pool: Pool::default(),
                zygote: Mutex::default(),
                ports: Mutex::default(),
            }
        })
    }

    /// Waits for the group and finds or makes a worker.
    pub fn check_out(&'static self, case: &TestCase) -> Result<Place<'static>, String> {
        let (group, kind) = (case.group, self.kind(case));
        let mut place = Place {
            engine: self,
            group,
            worker: None,
            lock: None,
        };
        if let Some(group) = group {
            self.pool.enter(group);
            if let Mode::Nextest { .. } = self.config.mode {
                place.lock = Some(
                    GroupLock::acquire(group).map_err(|error| format!("group `{group}` can't be locked: {error}"))?,
                );
            }
        }
        place.worker = match self.pool.take(group, kind) {
            Some(worker) => Some(worker),
            None => Some(self.new_worker(kind)?),
        };
        Ok(place)
    }

    /// The kind of worker that runs this test.
    fn kind(&self, case: &TestCase) -> Kind {
        Kind {
            own: case.own(),
            forks: case.has_process(self.config),
        }
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
        // A zygote that has died takes its workers along, and is replaced once.
        let attempt = || self.fork(start.clone());
        attempt().or_else(|_| attempt()).map_err(|error| error.to_string())
    }

    fn fork(&self, start: WorkerStart) -> io::Result<Remote> {
        let mut zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the sockets of this worker exist: a forked zygote would hold copies of them.
        let running = match zygote.take() {
            Some(running) => running,
            None => Zygote::start(self.config)?,
        };
        let running = zygote.insert(running);
        let (control, workers_control) = UnixStream::pair()?;
        let (supervisor, zygotes_supervisor) = descriptor::message_pair()?;
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
        let passed = [
            workers_control.as_fd(),
            zygotes_supervisor.as_fd(),
            streams[0],
            streams[1],
        ];
        let sent = running.order(&Order::Fork(start.clone()).encode(), &passed);
        drop((workers_control, zygotes_supervisor, writer));
        let forked = sent.and_then(|()| Remote::new(start, control, supervisor, running.pid(), output));
        forked.map_err(|error| {
            let epitaph = zygote.take().map_or_else(String::new, Zygote::epitaph);
            io::Error::other(format!("{error}{epitaph}"))
        })
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
        match engine.zygote.try_lock() {
            Ok(mut zygote) => zygote.take().is_none_or(Zygote::end),
            Err(_) => true,
        }
    }
}

impl Place<'_> {
    /// Runs the test.
    pub fn run(&mut self, case: &'static TestCase) -> Result<Finished, String> {
        let limit = case.timeout_in(Some(self.engine.config));
        let mut worker = self
            .worker
            .take()
            .expect("a place has a worker until it has run its test");
        let mut finished = loop {
            if let Some(finished) = worker.run(case, limit) {
                break finished;
            }
            // It was killed while it was idle, which is no fault of this test.
            let replaced = std::mem::replace(&mut worker, self.engine.new_worker(self.engine.kind(case))?);
            self.engine.let_go(&replaced);
        };
        if finished.reusable() {
            if let Some(superfluous) = self.engine.pool.put(worker, self.group) {
                self.engine.let_go(&superfluous);
            }
        } else {
            worker.end(&mut finished);
            self.engine.let_go(&worker);
        }
        Ok(finished)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            self.engine.pool.leave(group);
        }
    }
}

/// The ports of `master`, leased for the life of the process.
pub fn lease_for_master() -> Result<PortRange, Error> {
    static LEASE: OnceLock<PortBlock> = OnceLock::new();
    let block = PortBlock::lease(None)?;
    Ok(LEASE.get_or_init(|| block).range())
}
