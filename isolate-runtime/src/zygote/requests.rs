//! The way by which workers ask the zygote for something.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::brood::Brood;
use crate::protocol::{KeeperStart, Request};
use crate::sys::process::Pid;
use crate::sys::{descriptor, poll};

/// How long the zygote may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// The end that every process forked from the zygote has.
static SOCKET: OnceLock<OwnedFd> = OnceLock::new();

/// Opens the way, once; returns the zygote's end.
pub fn open() -> io::Result<OwnedFd> {
    let (zygotes, workers) = descriptor::message_pair()?;
    let _ = SOCKET.set(workers);
    Ok(zygotes)
}

/// The end of whoever asks; `None` in a process that doesn't descend from a zygote.
pub fn request_socket() -> Option<BorrowedFd<'static>> {
    SOCKET.get().map(AsFd::as_fd)
}

/// Asks for a keeper. The answer is the lock: it is free when the value is there, or nobody builds it.
pub fn ask_for_keeper(start: KeeperStart, turn: &File) -> io::Result<()> {
    ask(&Request::Keeper(start), turn.as_fd())
}

/// Asks for the supervisor socket of this worker. From then on the zygote only sees to it that this process ends.
pub fn ask_for_supervisor() -> io::Result<OwnedFd> {
    let pid = std::process::id().cast_signed();
    let (mine, theirs) = descriptor::message_pair()?;
    ask(&Request::Supervisor { pid }, theirs.as_fd())?;
    drop(theirs);
    let deadline = Instant::now() + ANSWER_LIMIT;
    if let [false] = poll::readable([Some(mine.as_fd())], Some(deadline))? {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let (_, passed) = descriptor::receive(mine.as_fd(), &mut [0])?;
    passed.into_iter().next().ok_or(io::ErrorKind::NotFound.into())
}

fn ask(request: &Request, passed: BorrowedFd<'_>) -> io::Result<()> {
    let socket = request_socket().ok_or(io::ErrorKind::NotConnected)?;
    descriptor::send(socket, &request.encode(), &[passed])
}

/// Has the replayer answer that all share; those questions are a file, and where the answers go is a pipe. Without one, nothing
/// comes.
pub fn ask_replayer(questions: BorrowedFd<'_>, answers: BorrowedFd<'_>) -> io::Result<()> {
    let socket = request_socket().ok_or(io::ErrorKind::NotConnected)?;
    descriptor::send(socket, &[0], &[questions, answers])
}

/// Kills every process that descends from this one, apart from these children and their own.
pub fn kill_children_but(others: Vec<Pid>) {
    let brood = Brood {
        others,
        ..Brood::default()
    };
    brood.kill_strangers();
}
