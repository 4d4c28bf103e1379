use std::io::{self, BufReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::nursery::Promise;
use super::output::Output;
use super::patience::Patience;
use super::plan::Batch;
use super::progress::Progress;
use crate::case::CasePlace;
use crate::protocol::{Command, Event, MESSAGE_MAX, Printed, Report, Task, Verdict, WorkerStart};
use crate::sys::{claims::Claims, descriptor, poll, process};
use crate::zygote::EXIT_GRACE;

/// How long a worker may take to exist: the zygote's own start is part of the first one's.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long the checks after a test may take once they have found something to wait for.
const LINGER_LIMIT: Duration = Duration::from_secs(30);
/// How long a kill may take to be confirmed.
const KILL_LIMIT: Duration = Duration::from_secs(10);
/// How long the report on a killed worker's stacks may take.
const STACKS_LIMIT: Duration = Duration::from_secs(25);
/// How long a message that has begun to arrive may take to be whole.
const MESSAGE_LIMIT: Duration = Duration::from_secs(10);

/// A worker, seen from the host.
pub struct Remote {
    pub start: WorkerStart,
    /// Buffered, so that a report costs one system call.
    control: BufReader<UnixStream>,
    supervisor: OwnedFd,
    zygote: process::Pid,
    /// How far it is with the tests it was given last.
    claims: Claims,
    /// `None` when tests write straight to the host's own streams.
    output: Option<Output>,
    /// Tests run so far.
    sequence: u32,
    /// Until it has built what outlives its tests: that it may become a zygote, which takes orders there.
    promise: Option<(Promise, OwnedFd)>,
}

/// How a test ended, seen from the host.
pub enum Ending {
    /// The worker judged it.
    Judged(Verdict),
    /// It took its process down.
    Died {
        status: ExitStatus,
        /// That process was the test's own, and its worker goes on.
        own: bool,
        /// What it died of, if that is known better than by its status.
        cause: Option<String>,
    },
    /// It was still running at its deadline.
    TimedOut { limit: Duration, stacks: String },
    /// Neither the worker nor the zygote can say.
    Lost(String),
}

/// A test that is over.
pub struct Finished {
    pub ending: Ending,
    /// What it printed.
    pub output: String,
    /// The directory of its worker, and its number there: between them they tell its own.
    pub worker: PathBuf,
    pub sequence: u32,
}

/// Why there is no worker.
pub enum Missing {
    /// The zygote could not fork, and says why.
    Refused(String),
    /// Nothing that makes sense was heard of the zygote.
    Lost(io::Error),
}

impl From<io::Error> for Missing {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

impl Remote {
    /// A worker whose fork has been ordered. Waits until it exists.
    pub fn new(
        start: WorkerStart,
        control: UnixStream,
        supervisor: OwnedFd,
        zygote: process::Pid,
        claims: Claims,
        output: Option<Output>,
    ) -> Result<Self, Missing> {
        control.set_read_timeout(Some(MESSAGE_LIMIT))?;
        control.set_write_timeout(Some(MESSAGE_LIMIT))?;
        let remote = Self {
            start,
            control: BufReader::with_capacity(512, control),
            supervisor,
            zygote,
            claims,
            output,
            sequence: 0,
            promise: None,
        };
        match remote.next_event(Instant::now() + START_LIMIT)? {
            Some(Event::Started { .. }) => Ok(remote),
            Some(Event::NotStarted { reason }) => Err(Missing::Refused(reason)),
            Some(_) | None => Err(Missing::Lost(io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// It may become a zygote.
    pub fn expect(&mut self, promise: (Promise, OwnedFd)) {
        self.promise = Some(promise);
    }

    /// Runs tests until there is more to say of one than that it passed, and settles those before it. The worker may run
    /// others only if the one that is returned is [`reusable`](Finished::reusable). `None` if the worker was gone before
    /// it could begin.
    pub fn run(&mut self, batch: &mut Batch<'_>) -> Option<Finished> {
        let task = Task {
            cases: batch.cases().map(CasePlace::of).collect(),
            sequence: self.sequence,
        };
        self.claims.open(task.cases.len());
        task.write(self.control.get_ref()).ok()?;
        let mut progress = Progress::new(batch);
        let ending = self
            .follow(&mut progress)
            .unwrap_or_else(|error| Ending::Lost(error.to_string()));
        // Only before the first test.
        self.promise = None;
        let begun = match ending {
            // It may go on.
            Ending::Lost(_) => self.claims.take_back(),
            _ => self.claims.count(),
        };
        let last = begun.checked_sub(1)?;
        progress.come_to(last, self.output.as_mut());
        let sequence = self.sequence + u32::try_from(last).unwrap_or_default();
        self.sequence = sequence + 1;
        Some(Finished {
            ending,
            output: self.output.as_mut().map(Output::take).unwrap_or_default(),
            worker: self.start.directory.clone(),
            sequence,
        })
    }

    /// Sees to it that a worker which ran its last test is gone, with all its descendants.
    pub fn end(&mut self, last: &mut Finished) {
        match &mut last.ending {
            // It ends by itself, after taking down what it holds.
            Ending::Judged(verdict) => {
                if let Ok(Some(Event::Ended(_))) = self.next_event_draining(Instant::now() + EXIT_GRACE) {
                    return;
                }
                verdict.fail(&format!(
                    "after this test its worker was retired, was still taking down what it held after {} s, and was killed",
                    EXIT_GRACE.as_secs()
                ));
            }
            Ending::Died { .. } | Ending::TimedOut { .. } => return,
            Ending::Lost(_) => {}
        }
        if descriptor::send(self.supervisor.as_fd(), &Command::Kill.encode(), &[]).is_ok() {
            let _ = self.end_of_process();
        }
    }

    fn follow(&mut self, progress: &mut Progress<'_, '_>) -> io::Result<Ending> {
        let mut limit = progress.limit(0);
        let mut patience = Patience::with_test(limit);
        // Of the test's own time, while it waits.
        let mut left = limit;
        let mut last_words = None;
        loop {
            // A report that has come together with the one before is here already, and so is all that was printed.
            let [control, supervisor, output] = if self.control.buffer().is_empty() {
                let output = self.output.as_ref().and_then(Output::as_fd);
                let fds = [
                    Some(self.control.get_ref().as_fd()),
                    Some(self.supervisor.as_fd()),
                    output,
                ];
                poll::readable(fds, Some(progress.closes().unwrap_or(patience.next())))?
            } else {
                [true, false, true]
            };
            if output && !control && progress.is_open() {
                // It is of the test that runs now: none ends, for another to begin, before its output is read. What
                // comes after this reading may be another's.
                let running = self.claims.count().saturating_sub(1);
                if let Some(output) = &mut self.output {
                    progress.is_printing(running, output);
                    output.read();
                }
                continue;
            }
            if progress.is_open() {
                // The one that has something to say, or takes longer, has the worker for itself.
                let running = self.claims.take_back() - 1;
                progress.come_to(running, self.output.as_mut());
                if running > 0 {
                    limit = progress.limit(running);
                    patience = Patience::with_test(limit);
                }
            }
            // Also when a report has come: what was printed before it is in the pipe by now, or there was nothing.
            if output {
                self.drain();
            }
            if control {
                match Report::read(&mut self.control)? {
                    Some(Report::Done(verdict)) => return Ok(Ending::Judged(verdict)),
                    Some(Report::Lingering) => patience = Patience::with_checks(LINGER_LIMIT),
                    Some(Report::Asks) => self.tell_output(),
                    Some(Report::Prepared { is_zygote }) => {
                        if let Some((promise, socket)) = self.promise.take().filter(|_| is_zygote) {
                            promise.keep(socket);
                        }
                    }
                    Some(Report::Waits(limit)) => left = patience.pause(Duration::from_millis(limit.into())),
                    Some(Report::GoesOn) => patience = Patience::with_test(left),
                    Some(Report::Leaves(verdict)) => last_words = Some(verdict),
                    Some(Report::Gone { status, cause }) => return Ok(own_end(last_words, status, cause)),
                    None => return self.end_of_process(),
                }
            } else if supervisor {
                return self.end_of_process();
            } else if patience.is_over() {
                return self.time_out(limit);
            } else if patience.gets_ready() {
                // Without it the report takes longer.
                let _ = descriptor::send(self.supervisor.as_fd(), &Command::Prepare.encode(), &[]);
            }
        }
    }

    /// The test wants to know what it has printed.
    fn tell_output(&mut self) {
        // What it wrote before it asked is in the pipe.
        self.drain();
        let printed = Printed(self.output.as_ref().map(Output::text));
        // A worker that doesn't read is dying, or comes to its deadline: both show elsewhere.
        let _ = printed.write(self.control.get_ref());
    }

    /// The worker is dying or dead: waits for the zygote to say how.
    fn end_of_process(&mut self) -> io::Result<Ending> {
        let deadline = Instant::now() + KILL_LIMIT;
        loop {
            match self.next_event_draining(deadline)? {
                Some(Event::Ended(status)) => {
                    self.drain();
                    return Ok(Ending::Died {
                        status,
                        own: false,
                        cause: None,
                    });
                }
                Some(_) => {}
                None => {
                    return Ok(Ending::Lost(
                        "the process that supervises workers is gone: somebody killed it, or memory ran out".to_owned(),
                    ));
                }
            }
        }
    }

    fn time_out(&mut self, limit: Duration) -> io::Result<Ending> {
        descriptor::send(self.supervisor.as_fd(), &Command::KillWithStacks.encode(), &[])?;
        let deadline = Instant::now() + STACKS_LIMIT;
        let (mut stacks, mut ended) = (None, false);
        while !(ended && stacks.is_some()) {
            match self.next_event_draining(deadline) {
                Ok(Some(Event::Stacks(text))) => stacks = Some(text),
                Ok(Some(Event::Ended(_))) => {
                    self.drain();
                    ended = true;
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    stacks.get_or_insert_with(|| format!("its stacks could not be read: {error}"));
                    break;
                }
            }
        }
        Ok(Ending::TimedOut {
            limit,
            stacks: stacks.unwrap_or_default(),
        })
    }

    /// The zygote's next event; `None` when there will be none.
    fn next_event(&self, deadline: Instant) -> io::Result<Option<Event>> {
        // Somebody may have stopped it. It has nothing to do with the terminal, so nobody can have meant to.
        process::go_on(self.zygote);
        match poll::readable([Some(self.supervisor.as_fd())], Some(deadline))? {
            [true] => receive_event(self.supervisor.as_fd()),
            [false] => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the process that supervises workers doesn't answer",
            )),
        }
    }

    /// The same, while the worker's descendants may still be printing.
    fn next_event_draining(&mut self, deadline: Instant) -> io::Result<Option<Event>> {
        process::go_on(self.zygote);
        loop {
            let output = self.output.as_ref().and_then(Output::as_fd);
            match poll::readable([Some(self.supervisor.as_fd()), output], Some(deadline))? {
                [true, _] => return receive_event(self.supervisor.as_fd()),
                [false, true] => self.drain(),
                [false, false] => return self.next_event(deadline),
            }
        }
    }

    fn drain(&mut self) {
        if let Some(output) = &mut self.output {
            output.drain();
        }
    }
}

impl Finished {
    /// There is nothing to say but what it has printed.
    pub fn passed(output: String) -> Self {
        Self {
            ending: Ending::Judged(Verdict {
                passed: true,
                ..Verdict::default()
            }),
            output,
            worker: PathBuf::new(),
            sequence: 0,
        }
    }

    /// Whether the worker is clean and alive.
    pub fn reusable(&self) -> bool {
        match &self.ending {
            Ending::Judged(verdict) => !verdict.retire,
            Ending::Died { own, .. } => *own,
            Ending::TimedOut { .. } | Ending::Lost(_) => false,
        }
    }
}

/// How a test ended whose own process is gone. What it left there is gone too.
fn own_end(last_words: Option<Verdict>, status: ExitStatus, cause: Option<String>) -> Ending {
    match last_words {
        Some(verdict) if status.success() => Ending::Judged(Verdict {
            retire: false,
            ..verdict
        }),
        _ => Ending::Died {
            status,
            own: true,
            cause,
        },
    }
}

fn receive_event(supervisor: BorrowedFd<'_>) -> io::Result<Option<Event>> {
    let mut buffer = vec![0; MESSAGE_MAX];
    let (length, _) = descriptor::receive(supervisor, &mut buffer)?;
    if length == 0 {
        Ok(None)
    } else {
        Event::decode(&buffer[..length]).map(Some)
    }
}
