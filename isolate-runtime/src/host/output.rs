use std::fs::File;
use std::io::{PipeReader, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};

/// Bytes kept from the beginning, and as many from the end.
const HALF: usize = 256 * 1024;

/// The most that the kernel lets a pipe hold.
const PIPE_MAX: usize = 1024 * 1024;

/// The most bytes that are read at once.
const READ: usize = 16 * 1024;

/// What a worker's tests print. It is read all the time, so that a test never waits for a reader, and of a flood only
/// the two ends are kept.
pub struct Output {
    /// `None` once nobody can write any more.
    pipe: Option<PipeReader>,
    head: Vec<u8>,
    /// The latest bytes, at most `2 * HALF`.
    tail: Vec<u8>,
    total: usize,
    pass_on: Option<File>,
}

impl Output {
    /// `pipe` has to be non-blocking.
    pub fn new(pipe: PipeReader) -> Self {
        Self {
            pipe: Some(pipe),
            head: Vec::new(),
            tail: Vec::new(),
            total: 0,
            pass_on: None,
        }
    }

    /// The same, and writes all that comes to another place.
    pub fn passing_on(pipe: PipeReader, to: File) -> Self {
        Self {
            pass_on: Some(to),
            ..Self::new(pipe)
        }
    }

    /// For polling, as long as something can come.
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads what there is, but no more than a pipe holds at one time: a test that never stops printing must not keep its
    /// reader from the clock.
    pub fn drain(&mut self) {
        for _ in 0..PIPE_MAX / READ {
            if !self.read() {
                return;
            }
        }
    }

    /// Reads once. Returns whether there may be more.
    pub fn read(&mut self) -> bool {
        let mut buffer = [0; READ];
        let Some(pipe) = &mut self.pipe else { return false };
        match pipe.read(&mut buffer) {
            Ok(0) => self.pipe = None,
            Ok(count) => self.keep(&buffer[..count]),
            Err(error) => return error.kind() == std::io::ErrorKind::Interrupted,
        }
        true
    }

    /// What was printed since the last call; of more than 512 KiB the first and the last 256 KiB.
    pub fn take(&mut self) -> String {
        let text = self.text();
        self.head.clear();
        self.tail.clear();
        self.total = 0;
        text
    }

    /// The same, without an end to it: the next call returns it again, and more.
    pub fn text(&self) -> String {
        let mut bytes = self.head.clone();
        let tail = &self.tail[self.tail.len().saturating_sub(HALF)..];
        let left_out = self.total - bytes.len() - tail.len();
        if left_out > 0 {
            bytes.extend_from_slice(format!("\n[isolate: {left_out} bytes of output left out]\n").as_bytes());
        }
        bytes.extend_from_slice(tail);
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(to) = &mut self.pass_on {
            // Whoever reads there may have gone: the text is kept all the same.
            let _ = to.write_all(bytes);
        }
        self.total += bytes.len();
        let (first, rest) = bytes.split_at(bytes.len().min(HALF - self.head.len()));
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > 2 * HALF {
            self.tail.drain(..self.tail.len() - HALF);
        }
    }
}
