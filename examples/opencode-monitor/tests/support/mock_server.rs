//! An HTTP server that gives the same answer to everything and remembers what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

/// Stops, and is joined, when it is dropped.
pub struct MockServer {
    address: SocketAddr,
    requests: Receiver<String>,
    thread: Option<JoinHandle<()>>,
}

impl MockServer {
    /// Answers every request on the listener with this status and body.
    pub fn start(listener: TcpListener, status: u16, body: &'static str) -> Self {
        let address = listener.local_addr().expect("the listener is bound");
        let (asked, requests) = mpsc::channel();
        let serve = move || {
            // A request that isn't one asks the server to stop.
            while let Some((path, stream)) = listener.accept().ok().and_then(|(stream, _)| request(stream)) {
                // First, so that who has the answer finds the request.
                _ = asked.send(path);
                answer(stream, status, body);
            }
        };
        let thread = thread::Builder::new()
            .name("mock-server".into())
            .spawn(serve)
            .expect("threads can be started");
        Self {
            address,
            requests,
            thread: Some(thread),
        }
    }

    /// `http://127.0.0.1:5001`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The paths that were asked for since the last call.
    pub fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        drop(TcpStream::connect(self.address));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            matches!(ended, Some(Ok(()))) || thread::panicking(),
            "the mock server panicked"
        );
    }
}

fn request(stream: TcpStream) -> Option<(String, TcpStream)> {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    lines.find(String::is_empty)?;
    Some((path, stream))
}

/// A client that doesn't wait for the answer misses it.
fn answer(mut stream: TcpStream, status: u16, body: &str) {
    let length = body.len();
    _ = write!(
        stream,
        "HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
}
