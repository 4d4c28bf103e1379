//! The way by which workers ask the zygote for keepers of session fixtures, and for the names of addresses.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use super::brood::Brood;
use crate::protocol::KeeperStart;
use crate::sys::descriptor;
use crate::sys::process::Pid;

/// The end that every process forked from the zygote has.
static SOCKET: OnceLock<OwnedFd> = OnceLock::new();

/// Opens the way, once; returns the zygote's end.
pub fn open() -> io::Result<OwnedFd> {
    let (zygotes, workers) = descriptor::message_pair()?;
    let _ = SOCKET.set(workers);
    Ok(zygotes)
}

/// The end of whoever asks; `None` in a process that doesn't descend from a zygote.
pub fn keeper_socket() -> Option<BorrowedFd<'static>> {
    SOCKET.get().map(AsFd::as_fd)
}

/// Asks for a keeper. The answer is the lock: it is free when the value is there, or nobody builds it.
pub fn ask_for_keeper(start: &KeeperStart, turn: &File) -> io::Result<()> {
    let socket = keeper_socket().ok_or(io::ErrorKind::NotConnected)?;
    descriptor::send(socket, &start.encode(), &[turn.as_fd()])
}

/// Has the replayer answer that all share; those questions are a file, and where the answers go is a pipe. Without one, nothing
/// comes.
pub fn ask_replayer(questions: BorrowedFd<'_>, answers: BorrowedFd<'_>) -> io::Result<()> {
    let socket = keeper_socket().ok_or(io::ErrorKind::NotConnected)?;
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
