//! What host, zygote and workers say to each other. All three are one binary, so the encoding has no versions:
//! little-endian numbers, and texts with their length in front.
//!
//! ```text
//! host ── Order ──► zygote                 one socket a zygote: fork a worker (its descriptors ride along), or end
//! host ── Command ──► zygote ── Event ──►  one socket a worker: stop it, and what became of it
//! host ── u32 length + Task ──► worker ── u32 length + Report ──►     also from the fork that a test has of its own
//!                                          answered by Printed, if it asks
//! ```

mod encoding;

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use self::encoding::{Decoder, Encoder, garbled, read_frame};
use crate::case::CasePlace;
use crate::sys::image::ImageOffset;
use crate::sys::namespace::Own;

/// The most bytes of a message between host and zygote.
pub const MESSAGE_MAX: usize = 128 * 1024;

/// Host to zygote.
#[derive(Debug, PartialEq, Eq)]
pub enum Order {
    /// The run's directory, for the zygote to keep alive, and to remove at the end.
    Begin { run_directory: PathBuf },
    /// Carries the worker's control socket, its supervisor socket, the memory of its claims, its stdout and its stderr;
    /// and the socket at which it takes orders, should it become a zygote.
    Fork(WorkerStart),
    /// The run has ended in good order: directories of failed tests stay.
    End,
}

/// What a worker knows from its first moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerStart {
    /// Dense number of the place among the workers that run at the same time; reused.
    pub slot: u32,
    /// Unique in the run; from 1.
    pub incarnation: u32,
    /// The worker's own directory.
    pub directory: PathBuf,
    /// First of its 100 ports, or why it has none.
    pub ports: Result<u16, String>,
    /// What it is good for.
    pub kind: Kind,
}

/// What tests of different kinds can't share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What a test has for itself, if the machine allows it.
    pub own: Own,
    /// The worker runs no test itself, but forks for each: what one changed in it would reach all forks.
    pub forks: bool,
    /// Which databases in memory it builds for its forks, and nothing else that outlives a test; 0 for any or none.
    pub databases: u64,
}

/// A worker to the zygote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Fork the keeper of a session fixture. Carries the lock that makes it the builder's turn.
    Keeper(KeeperStart),
    /// This worker becomes a zygote, and goes on in a fork of its own: it needs the supervisor socket. Carries the socket for
    /// the answer.
    Supervisor { pid: i32 },
}

/// What the keeper of a session fixture has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeeperStart {
    /// Address of the function that builds the value, in every process forked from the zygote.
    pub build: u64,
    /// The fixture's name.
    pub name: String,
    /// Its directory in that of the run.
    pub place: PathBuf,
    /// The process whose end is the run's, and when it was started.
    pub leader: (i32, u64),
    /// How long the building may take, in milliseconds.
    pub limit: u32,
    /// The places of the fixtures that wait for this one, the first to ask first.
    pub waiting: Vec<PathBuf>,
}

/// Host to zygote, about one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Kill it with all its descendants.
    Kill,
    /// The same, but first report where each of its threads is.
    KillWithStacks,
    /// There will soon be something to report of it, most likely.
    Prepare,
}

/// Zygote to host, about one worker.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// It has been forked.
    Started { pid: i32 },
    /// It could not be forked.
    NotStarted { reason: String },
    /// Where its threads were when it was killed.
    Stacks(String),
    /// It is gone, and so are its descendants.
    Ended(ExitStatus),
}

/// Host to worker: run these tests, one after another, each once it is claimed. The worker reports on the last that it
/// could claim, or on one of which there is more to say than that it passed and printed nothing: that is the last then.
#[derive(Debug, PartialEq, Eq)]
pub struct Task {
    /// Which ones.
    pub cases: Vec<CasePlace>,
    /// How many tests this worker has run before.
    pub sequence: u32,
}

/// Worker to host.
#[derive(Debug, PartialEq, Eq)]
pub enum Report {
    /// The test and its teardown are over; the checks that follow take longer than usual, within their own limit.
    Lingering,
    /// What has the test printed so far? The host answers with [`Printed`].
    Asks,
    /// The test waits for something that isn't its own doing, for so many milliseconds at most.
    Waits(u32),
    /// It has it, and its own time goes on.
    GoesOn,
    /// What outlives the test is built; whether others can be forked now that have it.
    Prepared { is_zygote: bool },
    /// The test is over.
    Done(Verdict),
    /// The test is over, and the process that it has of its own is about to end.
    Leaves(Verdict),
    /// That process has ended, and so have its descendants; the worker is free.
    Gone {
        status: ExitStatus,
        /// What it died of, if the worker can tell.
        cause: Option<String>,
    },
}

/// Host to worker: what the test has printed so far; `None` if the host doesn't see it.
#[derive(Debug, PartialEq, Eq)]
pub struct Printed(pub Option<String>);

/// How a test ended, seen from its worker.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it passed, `#[should_panic]` taken into account.
    pub passed: bool,
    /// The message of its panic, if it panicked with a text.
    pub panic: Option<String>,
    /// What its author has to read, if it failed for another reason than a panic.
    pub failure: String,
    /// What its author has to read although it doesn't fail.
    pub warning: String,
    /// The worker is no longer clean and must not run another test.
    pub retire: bool,
}

impl Order {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::default();
        match self {
            Self::Begin { run_directory } => out.number(0).path(run_directory),
            Self::Fork(start) => {
                out.number(1)
                    .number(start.slot)
                    .number(start.incarnation)
                    .path(&start.directory);
                match &start.ports {
                    Ok(base) => out.number(1).number(u32::from(*base)),
                    Err(reason) => out.number(0).text(reason),
                }
                .flag(start.kind.own.network)
                .flag(start.kind.own.files)
                .flag(start.kind.forks)
                .long(start.kind.databases)
            }
            Self::End => out.number(2),
        };
        out.0
    }

    /// From bytes.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut from = Decoder(bytes);
        Ok(match from.number()? {
            0 => Self::Begin {
                run_directory: from.path()?,
            },
            1 => Self::Fork(WorkerStart {
                slot: from.number()?,
                incarnation: from.number()?,
                directory: from.path()?,
                ports: match from.number()? {
                    0 => Err(from.text()?),
                    _ => Ok(u16::try_from(from.number()?).map_err(|_| garbled())?),
                },
                kind: Kind {
                    own: Own {
                        network: from.flag()?,
                        files: from.flag()?,
                    },
                    forks: from.flag()?,
                    databases: from.long()?,
                },
            }),
            2 => Self::End,
            _ => return Err(garbled()),
        })
    }
}

impl Request {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::default();
        match self {
            Self::Keeper(start) => start.encode(out.number(0)),
            Self::Supervisor { pid } => {
                out.number(1).number(pid.cast_unsigned());
            }
        }
        out.0
    }

    /// From bytes.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut from = Decoder(bytes);
        Ok(match from.number()? {
            0 => Self::Keeper(KeeperStart::decode(&mut from)?),
            1 => Self::Supervisor {
                pid: from.number()?.cast_signed(),
            },
            _ => return Err(garbled()),
        })
    }
}

impl KeeperStart {
    fn encode(&self, out: &mut Encoder) {
        out.long(self.build)
            .text(&self.name)
            .path(&self.place)
            .number(self.leader.0.cast_unsigned())
            .long(self.leader.1)
            .number(self.limit)
            .number(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX));
        for place in &self.waiting {
            out.path(place);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> io::Result<Self> {
        let mut start = Self {
            build: from.long()?,
            name: from.text()?,
            place: from.path()?,
            leader: (from.number()?.cast_signed(), from.long()?),
            limit: from.number()?,
            waiting: Vec::new(),
        };
        for _ in 0..from.number()? {
            start.waiting.push(from.path()?);
        }
        Ok(start)
    }
}

impl Command {
    /// As bytes.
    pub fn encode(self) -> Vec<u8> {
        vec![self as u8]
    }

    /// From bytes.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        match bytes {
            [0] => Ok(Self::Kill),
            [1] => Ok(Self::KillWithStacks),
            [2] => Ok(Self::Prepare),
            _ => Err(garbled()),
        }
    }
}

impl Event {
    /// As bytes. A text too long for a message is cut.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::default();
        match self {
            Self::Started { pid } => out.number(0).number(pid.cast_unsigned()),
            Self::NotStarted { reason } => out.number(1).text(reason),
            Self::Stacks(text) => {
                let end = text.floor_char_boundary(MESSAGE_MAX - 64);
                out.number(2).text(&text[..end])
            }
            Self::Ended(status) => out.number(3).number(status.into_raw().cast_unsigned()),
        };
        out.0
    }

    /// From bytes.
    pub fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut from = Decoder(bytes);
        Ok(match from.number()? {
            0 => Self::Started {
                pid: from.number()?.cast_signed(),
            },
            1 => Self::NotStarted { reason: from.text()? },
            2 => Self::Stacks(from.text()?),
            3 => Self::Ended(ExitStatus::from_raw(from.number()?.cast_signed())),
            _ => return Err(garbled()),
        })
    }
}

impl Task {
    /// Writes it whole.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut out = Encoder::frame();
        out.number(self.sequence);
        for case in &self.cases {
            out.long(case.at.0).number(case.number);
        }
        out.write(to)
    }

    /// Reads it whole; `None` when the host has closed its end.
    pub fn read(from: impl Read) -> io::Result<Option<Self>> {
        let Some(frame) = read_frame(from)? else {
            return Ok(None);
        };
        let mut from = Decoder(&frame);
        let sequence = from.number()?;
        let mut cases = Vec::new();
        while !from.0.is_empty() {
            cases.push(CasePlace {
                at: ImageOffset(from.long()?),
                number: from.number()?,
            });
        }
        Ok(Some(Self { cases, sequence }))
    }
}

impl Report {
    /// Writes it whole.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut out = Encoder::frame();
        match self {
            // Of most tests.
            Self::Done(verdict) if !verdict.retire && verdict.says_no_more_than_passed() => out.number(7),
            Self::Lingering => out.number(0),
            Self::Asks => out.number(2),
            Self::Waits(limit) => out.number(3).number(*limit),
            Self::GoesOn => out.number(4),
            Self::Prepared { is_zygote } => out.number(8).flag(*is_zygote),
            Self::Gone { status, cause } => out
                .number(5)
                .number(status.into_raw().cast_unsigned())
                .flag(cause.is_some())
                .text(cause.as_deref().unwrap_or_default()),
            Self::Done(verdict) | Self::Leaves(verdict) => {
                out.number(if matches!(self, Self::Done(_)) { 1 } else { 6 })
                    .flag(verdict.passed)
                    .flag(verdict.retire)
                    .flag(verdict.panic.is_some());
                out.text(verdict.panic.as_deref().unwrap_or_default())
                    .text(&verdict.failure)
                    .text(&verdict.warning)
            }
        };
        out.write(to)
    }

    /// Reads it whole; `None` when the worker is gone.
    pub fn read(from: impl Read) -> io::Result<Option<Self>> {
        let Some(frame) = read_frame(from)? else {
            return Ok(None);
        };
        let mut from = Decoder(&frame);
        Ok(Some(match from.number()? {
            0 => Self::Lingering,
            2 => Self::Asks,
            3 => Self::Waits(from.number()?),
            4 => Self::GoesOn,
            5 => {
                let status = ExitStatus::from_raw(from.number()?.cast_signed());
                let is_known = from.flag()?;
                let cause = Some(from.text()?).filter(|_| is_known);
                Self::Gone { status, cause }
            }
            kind @ (1 | 6) => {
                let (passed, retire, panicked) = (from.flag()?, from.flag()?, from.flag()?);
                let panic = Some(from.text()?).filter(|_| panicked);
                let verdict = Verdict {
                    passed,
                    panic,
                    failure: from.text()?,
                    warning: from.text()?,
                    retire,
                };
                if kind == 1 {
                    Self::Done(verdict)
                } else {
                    Self::Leaves(verdict)
                }
            }
            7 => Self::Done(Verdict {
                passed: true,
                ..Verdict::default()
            }),
            8 => Self::Prepared {
                is_zygote: from.flag()?,
            },
            _ => return Err(garbled()),
        }))
    }
}

impl Printed {
    /// Writes it whole.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut out = Encoder::frame();
        out.flag(self.0.is_some()).text(self.0.as_deref().unwrap_or_default());
        out.write(to)
    }

    /// Reads it whole; `None` when the host has closed its end.
    pub fn read(from: impl Read) -> io::Result<Option<Self>> {
        let Some(frame) = read_frame(from)? else {
            return Ok(None);
        };
        let mut from = Decoder(&frame);
        let seen = from.flag()?;
        Ok(Some(Self(Some(from.text()?).filter(|_| seen))))
    }
}
