//! How messages become bytes: little-endian numbers, texts with their length in front, and frames with theirs on a stream.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Bytes before the body of a frame.
const FRAME: usize = 4;

/// `None` when the other end is gone.
pub fn read_frame(mut from: impl Read) -> io::Result<Option<Vec<u8>>> {
    read_frame_by(&mut |bytes| from.read_exact(bytes))
}

fn read_frame_by(read: &mut dyn FnMut(&mut [u8]) -> io::Result<()>) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; FRAME];
    match read(&mut length) {
        Ok(()) => {}
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut body = vec![0; u32::from_le_bytes(length) as usize];
    match read(&mut body) {
        Ok(()) => Ok(Some(body)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
    )
}

/// What was read is no message of ours.
pub fn garbled() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "garbled message between isolate's processes",
    )
}

/// Writes values one after another.
#[derive(Default)]
pub struct Encoder(pub Vec<u8>);

impl Encoder {
    /// For a frame, whose length is written when it is known.
    pub fn frame() -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.resize(FRAME, 0);
        Self(bytes)
    }

    /// Writes a frame, at once, so that a reader who sees the length finds the rest on its way.
    pub fn write(mut self, mut to: impl Write) -> io::Result<()> {
        let length = u32::try_from(self.0.len() - FRAME).map_err(|_| garbled())?;
        self.0[..FRAME].copy_from_slice(&length.to_le_bytes());
        to.write_all(&self.0)
    }

    pub fn number(&mut self, number: u32) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub fn long(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub fn flag(&mut self, flag: bool) -> &mut Self {
        self.number(u32::from(flag))
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        // Nothing here comes near 4 GiB: texts are bounded where they are made.
        self.number(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub fn path(&mut self, path: &Path) -> &mut Self {
        self.bytes(path.as_os_str().as_bytes())
    }
}

/// Reads them in the same order.
pub struct Decoder<'a>(pub &'a [u8]);

impl Decoder<'_> {
    pub fn number(&mut self) -> io::Result<u32> {
        let (number, rest) = self.0.split_first_chunk().ok_or_else(garbled)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*number))
    }

    pub fn long(&mut self) -> io::Result<u64> {
        let (number, rest) = self.0.split_first_chunk().ok_or_else(garbled)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*number))
    }

    pub fn flag(&mut self) -> io::Result<bool> {
        Ok(self.number()? != 0)
    }

    fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let length = self.number()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(garbled)?;
        self.0 = rest;
        Ok(bytes.to_owned())
    }

    pub fn text(&mut self) -> io::Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| garbled())
    }

    pub fn path(&mut self) -> io::Result<PathBuf> {
        Ok(PathBuf::from(OsString::from_vec(self.bytes()?)))
    }
}
