//! An HTTP client for `async` tests.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use isolate::{AsyncFixture, Result};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// One connection. A task serves it, and ends with the test.
pub struct AsyncClient {
    sender: Option<Mutex<SendRequest<Empty<Bytes>>>>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl AsyncClient {
    /// Connects to this address.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let (sender, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        Ok(Self {
            sender: Some(Mutex::new(sender)),
            connection: tokio::spawn(connection),
        })
    }

    /// Asks for a path; what it says is JSON.
    pub async fn get(&self, path: &str) -> Result<(StatusCode, serde_json::Value)> {
        let request = Request::get(path).header("host", "monitor").body(Empty::new())?;
        let mut sender = self.sender.as_ref().expect("the test is running").lock().await;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&body)?))
    }
}

/// Without it, the test would be told of a task that it has left behind.
impl AsyncFixture for AsyncClient {
    async fn teardown(&mut self) -> Result {
        drop(self.sender.take());
        Ok((&mut self.connection).await??)
    }
}
