//! A replayer that answers everybody who has something to report, and has read debug information before they ask.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;

use super::replay::replayer;
use super::replayer::SHARED;
use crate::sys::descriptor;
use crate::sys::process::Pid;

/// A replayer that has been started by this process, its child.
#[derive(Debug)]
pub(crate) struct SharedReplayer {
    pid: Pid,
    socket: OwnedFd,
}

impl SharedReplayer {
    /// Starts it; it reads debug information at once.
    pub fn start() -> io::Result<Self> {
        let (socket, theirs) = descriptor::message_pair()?;
        let mut command = replayer(SHARED);
        command
            .stdin(File::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Whoever looks after this process's children waits for it.
        let pid = command.spawn()?.id().cast_signed();
        Ok(Self { pid, socket })
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Passes on questions, and where the answers go.
    pub fn ask(&self, questions: BorrowedFd<'_>, answers: BorrowedFd<'_>) -> io::Result<()> {
        descriptor::send(self.socket.as_fd(), &[0], &[questions, answers])
    }
}

#[cfg(test)]
mod tests {
    use std::io::pipe;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::super::replay::{Place, listen, questions};
    use super::*;
    use crate::sys::{poll, process};

    #[test]
    fn it_answers_everybody_and_ends_with_whoever_has_started_it() {
        let path = PathBuf::from("/dev/null");
        let place = Place {
            path: &path,
            offset: 0,
            stack: 0,
        };
        let shared = SharedReplayer::start().unwrap();
        for number in 1..4 {
            let (reader, writer) = pipe().unwrap();
            let places = vec![place; number];
            let questions = questions(&places, false).unwrap();
            shared.ask(questions.as_fd(), writer.as_fd()).unwrap();
            drop(writer);
            let heard = listen(reader, number + 1);
            assert!(heard.begun && !heard.silent);
            assert_eq!(heard.answers.len(), number + 1);
        }
        let pid = shared.pid();
        let watch = process::watch(pid).unwrap();
        drop(shared);
        let ended = poll::readable([Some(watch.as_fd())], Some(Instant::now() + Duration::from_mins(1)));
        assert_eq!(ended.unwrap(), [true]);
        process::reap_now(pid);
    }
}
