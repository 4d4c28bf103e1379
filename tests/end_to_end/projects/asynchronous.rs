//! Async tests that leave something behind, or fail otherwise.
#![cfg(test)]

use std::future::pending;

use isolate::prelude::*;
use tokio::task::{spawn, spawn_blocking, yield_now};

#[isolated]
async fn leaves_a_task() {
    spawn(pending::<()>()); // SPAWNED
}

#[isolated(leaks(tasks = "warn"), runtime = "multi-thread")]
async fn is_warned_of_tasks() {
    spawn(pending::<()>());
    spawn(pending::<()>());
}

#[isolated]
async fn leaves_a_thread() {
    spawn_blocking(block); // BLOCKED
}

/// It has to outlive the test.
fn block() {
    loop {
        std::thread::park();
    }
}

#[isolated(runtime = "multi-thread")]
async fn is_clean() {
    spawn(async { yield_now().await });
    assert_eq!(spawn_blocking(|| 5).await.unwrap(), 5);
}

struct Server;

impl AsyncFixture for Server {
    async fn teardown(&mut self) -> Result {
        println!("the server ends");
        yield_now().await;
        Err("the server doesn't answer".into())
    }
}

#[fixture]
async fn server() -> Server {
    yield_now().await;
    Server
}

#[isolated]
async fn panics(_server: &Server) {
    yield_now().await;
    panic!("in the body");
}

#[fixture]
async fn failing() -> Result<u8> {
    yield_now().await;
    Err("no such host")?
}

#[isolated(failing)]
async fn is_failed_by_a_fixture() {}

#[isolated(timeout = "1s")]
async fn hangs() {
    wait_for_what_never_comes().await;
}

async fn wait_for_what_never_comes() {
    yield_now().await;
    block(); // HANGS
}

struct Shared(tokio::sync::mpsc::Sender<u8>, Option<tokio::task::JoinHandle<u8>>);

impl AsyncFixture for Shared {
    async fn teardown(&mut self) -> Result {
        self.0 = tokio::sync::mpsc::channel(1).0;
        let sum = self.1.take().unwrap().await?;
        std::fs::write(std::env::var("E2E_DIR")? + "/sum", sum.to_string())?;
        Ok(())
    }
}

#[fixture(scope = "worker")]
async fn shared() -> Shared {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let task = spawn(async move {
        let mut sum = 0;
        while let Some(number) = receiver.recv().await {
            sum += number;
        }
        sum
    });
    Shared(sender, Some(task))
}

#[isolated(group = "shared")]
mod shares {
    use super::*;

    #[test]
    async fn first(shared: &Shared) {
        shared.0.send(1).await.unwrap();
    }

    #[test]
    async fn second(shared: &Shared) {
        shared.0.send(2).await.unwrap();
    }
}
