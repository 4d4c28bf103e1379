use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use super::brood::{Brood, Member};
use super::requests;
use crate::directory::{self, Keep, RunDirectory};
use crate::fixture::{self, KeeperProcess};
use crate::protocol::{Command, Event, MESSAGE_MAX, Order, Request, WorkerStart};
use crate::stacks::{self, SharedReplayer};
use crate::sys::claims::Claims;
use crate::sys::sample::{SampleArea, threads_of};
use crate::sys::{descriptor, lsan, output, poll, process};
use crate::worker::{self, TEARDOWN_FAILED, WorkerProcess};

/// How long the threads of a process may take to answer where they are. Those that can't aren't waited for.
const SAMPLE_LIMIT: Duration = Duration::from_secs(3);
/// How long the replayer that all share is kept for the next who has something to report.
const REPLAYER_IDLE: Duration = Duration::from_secs(5);
/// How long it may take to find the source lines of a process's stacks.
const SYMBOLS_LIMIT: Duration = Duration::from_secs(20);

/// Places among the descriptors that are polled.
const REQUESTS: usize = 2;
const FIRST_MEMBER: usize = 3;

/// Serves the host behind `socket` until it says that the run has ended, or is gone.
pub fn serve(socket: OwnedFd, host: process::Pid) -> ! {
    process::name_thread("isolate zygote");
    process::leave_terminal_group();
    // Without it a test's orphans go to init and only escape this clean-up; nothing else depends on it.
    let _ = process::adopt_orphans();
    // What stands in these buffers would otherwise be written by every worker again.
    output::flush();
    fixture::belong_to(host);
    lsan::keep_main_thread();
    let host_watch = process::watch(host).ok();
    let zygote = Zygote {
        socket,
        host_watch,
        requests: requests::open().ok(),
        replayer: None,
        brood: Brood::default(),
        run: None,
    };
    zygote.serve()
}

/// The same of a worker that has become a zygote: those that it forks have what it has built. `first` is its own fork, which
/// goes on as that worker. Its parent sees to it that it ends if the host is gone, and clears up.
pub fn serve_too(socket: OwnedFd, first: Member) -> ! {
    let mut brood = Brood::default();
    brood.members.push(first);
    let zygote = Zygote {
        socket,
        host_watch: None,
        requests: None,
        replayer: None,
        brood,
        run: None,
    };
    zygote.serve()
}

/// What follows after an order.
enum Next {
    Go,
    End {
        orderly: bool,
    },
    /// This process is the fork.
    Become(WorkerProcess),
    /// This process is the fork, and outlives the run of this binary.
    Keep(KeeperProcess),
}

struct Zygote {
    socket: OwnedFd,
    /// Becomes readable when the host ends, also when a stray child of it holds the socket's other end open.
    host_watch: Option<OwnedFd>,
    /// Where workers ask for something.
    requests: Option<OwnedFd>,
    /// It may have ended.
    replayer: Option<SharedReplayer>,
    brood: Brood,
    /// Held so that other runs see that this one is alive.
    run: Option<RunDirectory>,
}

impl Zygote {
    fn serve(mut self) -> ! {
        let orderly = match self.run() {
            Next::End { orderly } => orderly,
            Next::Become(worker) => {
                // Closes every descriptor of the zygote: one that stays open in a worker keeps its peer from ever seeing
                // end-of-file.
                drop(self);
                worker.serve()
            }
            Next::Keep(keeper) => {
                drop(self);
                keeper.serve()
            }
            Next::Go => unreachable!("the loop goes on by itself"),
        };
        self.brood.end(orderly);
        if let Some(run) = self.run {
            let keep = if orderly {
                Keep::from_env().unwrap_or_default()
            } else {
                Keep::None
            };
            let _ = directory::remove(run.path(), keep);
        }
        process::exit_now(i32::from(self.brood.failed))
    }

    fn run(&mut self) -> Next {
        loop {
            let mut fds: Vec<Option<BorrowedFd<'_>>> = vec![
                Some(self.socket.as_fd()),
                self.host_watch.as_ref().map(AsFd::as_fd),
                self.requests.as_ref().map(AsFd::as_fd),
            ];
            fds.append(&mut self.brood.descriptors());
            let Ok(ready) = poll::readable_of(&fds, self.brood.next_deadline()) else {
                return Next::End { orderly: false };
            };
            // Members before orders: an order may add one, and places would no longer fit.
            let mut ended = false;
            for place in &ready {
                let Some(place) = place.checked_sub(FIRST_MEMBER) else {
                    continue;
                };
                if place % 2 == 0 {
                    ended = true;
                } else {
                    self.obey_about(place / 2);
                }
            }
            self.brood.enforce();
            if ended {
                self.brood.bury();
            }
            if ready.contains(&REQUESTS)
                && let Some(keeper) = self.serve_request()
            {
                return Next::Keep(keeper);
            }
            // A host that is gone may have left an order, and that may be the last.
            if ready.iter().any(|&place| place < REQUESTS) {
                match self.obey() {
                    Next::Go => {}
                    next => return next,
                }
            }
        }
    }

    /// Carries out an order.
    fn obey(&mut self) -> Next {
        let mut buffer = vec![0; MESSAGE_MAX];
        let order = descriptor::receive(self.socket.as_fd(), &mut buffer)
            .and_then(|(length, passed)| Ok((Order::decode(&buffer[..length])?, passed)));
        match order {
            Ok((Order::Begin { run_directory }, _)) => {
                self.run = RunDirectory::join(&run_directory).ok();
                Next::Go
            }
            Ok((Order::Fork(start), passed)) => self.fork(start, passed),
            Ok((Order::End, _)) => Next::End { orderly: true },
            Err(_) => Next::End { orderly: false },
        }
    }

    fn fork(&mut self, start: WorkerStart, mut passed: Vec<OwnedFd>) -> Next {
        let orders = if passed.len() > 5 { passed.pop() } else { None };
        let Ok([control, supervisor, claims, stdout, stderr]) = <[OwnedFd; 5]>::try_from(passed) else {
            return Next::End { orderly: false };
        };
        let zygote = std::process::id().cast_signed();
        worker::probe(start.kind.own, &start.directory);
        let forked = SampleArea::new().and_then(|samples| Ok((process::fork()?, samples)));
        let member = match forked {
            Ok((process::Fork::Child, samples)) => {
                let Ok(claims) = Claims::of(claims.as_fd()) else {
                    process::exit_now(TEARDOWN_FAILED)
                };
                return Next::Become(WorkerProcess {
                    start,
                    control,
                    claims,
                    output: [stdout, stderr],
                    samples,
                    zygote,
                    orders,
                });
            }
            Ok((process::Fork::Parent(pid), samples)) => Member::worker(pid, supervisor, samples),
            Err(error) => Err((error, supervisor)),
        };
        match member {
            Ok(member) => {
                member.tell(&Event::Started { pid: member.pid() });
                self.brood.members.push(member);
            }
            Err((error, supervisor)) => {
                let event = Event::NotStarted {
                    reason: process::why_none(&error),
                };
                let _ = descriptor::send(supervisor.as_fd(), &event.encode(), &[]);
            }
        }
        Next::Go
    }

    /// Does what a worker asks for; `Some` in the fork that is the keeper. When that fails, whoever has asked sees the end
    /// of what came with the request: the lock is free again, and nobody builds; or no answers come.
    fn serve_request(&mut self) -> Option<KeeperProcess> {
        let socket = self.requests.as_ref()?.as_fd();
        let mut buffer = vec![0; MESSAGE_MAX];
        let (length, passed) = descriptor::receive(socket, &mut buffer).ok()?;
        let passed = match <[OwnedFd; 2]>::try_from(passed) {
            Ok([questions, answers]) => {
                let _ = self.replayer().ok()?.ask(questions.as_fd(), answers.as_fd());
                return None;
            }
            Err(passed) => passed,
        };
        let request = Request::decode(&buffer[..length]).ok()?;
        let [turn] = <[OwnedFd; 1]>::try_from(passed).ok()?;
        let start = match request {
            Request::Keeper(start) => start,
            Request::Supervisor { pid } => {
                self.brood.let_supervise(pid, turn.as_fd());
                return None;
            }
        };
        match process::fork().ok()? {
            process::Fork::Child => Some(KeeperProcess { start, turn }),
            process::Fork::Parent(pid) => {
                self.brood.keepers.push(pid);
                None
            }
        }
    }

    /// The replayer that all share, which is there for some time now.
    fn replayer(&mut self) -> io::Result<&SharedReplayer> {
        let running = self.replayer.take();
        let running = running.filter(|replayer| self.brood.prolong(replayer.pid(), REPLAYER_IDLE));
        let replayer = if let Some(replayer) = running {
            replayer
        } else {
            let replayer = SharedReplayer::start()?;
            self.brood.members.push(Member::helper(replayer.pid(), REPLAYER_IDLE)?);
            replayer
        };
        Ok(self.replayer.insert(replayer))
    }

    /// Carries out a command about one worker.
    fn obey_about(&mut self, place: usize) {
        let Some(member) = self.brood.members.get_mut(place) else {
            return;
        };
        let Some(supervisor) = &member.supervisor else { return };
        let mut buffer = [0; 16];
        match descriptor::receive(supervisor.as_fd(), &mut buffer) {
            Ok((length, _)) if length > 0 => match Command::decode(&buffer[..length]) {
                Ok(Command::Kill) | Err(_) => member.kill(),
                Ok(Command::KillWithStacks) => self.kill_with_stacks(place),
                // Those who have something to report ask the first zygote.
                Ok(Command::Prepare) if self.requests.is_none() => {}
                Ok(Command::Prepare) => {
                    let _ = self.replayer();
                }
            },
            _ => member.release(),
        }
    }

    /// The stacks are taken here, where nothing can be wrong with the process, and made readable in a copy of it: what
    /// that takes in memory goes when the copy goes.
    fn kill_with_stacks(&mut self, place: usize) {
        let member = &self.brood.members[place];
        let subject = member.samples.as_ref().and_then(SampleArea::subject);
        let pid = subject.unwrap_or(member.pid());
        let image = stacks::Image::of(pid);
        let deadline = Instant::now() + SAMPLE_LIMIT;
        let samples = member.samples.as_ref();
        let stacks = samples.map(|samples| samples.sample(pid, &threads_of(pid), deadline));
        let helper = match process::fork() {
            Ok(process::Fork::Child) => {
                let report = stacks.map_or_else(String::new, |stacks| stacks::report_all(&image, &stacks));
                member.tell(&Event::Stacks(report));
                process::exit_now(0)
            }
            Ok(process::Fork::Parent(pid)) => Member::helper(pid, SYMBOLS_LIMIT),
            Err(error) => Err(error),
        };
        self.brood.members[place].kill();
        match helper {
            Ok(helper) => self.brood.members.push(helper),
            Err(error) => {
                self.brood.members[place].tell(&Event::Stacks(format!("its stacks could not be taken: {error}")));
            }
        }
    }
}
