//! Tasks that outlive their test.

use std::fmt::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use crate::failure::Failure;
use crate::leaks::{LINGER, Policy};

/// The tasks of one runtime.
#[derive(Debug)]
pub struct Tasks {
    #[cfg(tokio_unstable)]
    alive: spawned::Alive,
}

impl Tasks {
    /// Before the runtime starts.
    pub fn watch(builder: &mut Builder) -> Self {
        #[cfg(not(tokio_unstable))]
        let _ = builder;
        Self {
            #[cfg(tokio_unstable)]
            alive: spawned::watch(builder),
        }
    }

    /// The tasks that are still running, after a while for those that are about to end.
    pub fn left(&self, runtime: &Runtime, policy: Policy) -> Option<Failure> {
        let count = || runtime.metrics().num_alive_tasks();
        let deadline = Instant::now() + LINGER;
        let mut pause = Duration::from_micros(20);
        while count() > 0 && Instant::now() < deadline {
            // Not a timer of tokio's: a paused clock would jump, and end what only waits.
            runtime.block_on(async {
                for _ in 0..8 {
                    yield_now().await;
                }
            });
            if count() > 0 {
                sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(10));
            }
        }
        let count = count();
        (count > 0).then(|| Failure::new(self.report(count, policy)))
    }

    fn report(&self, count: usize, policy: Policy) -> String {
        let (tasks, it) = if count == 1 {
            ("task was", "it")
        } else {
            ("tasks were", "them")
        };
        let mut text = format!("{count} tokio {tasks} still running after the test, and cancelled\n");
        for line in self.places() {
            let _ = writeln!(text, "  {line}");
        }
        let _ = write!(
            text,
            "  await or abort {it} before the test ends (fixtures' teardown counts)"
        );
        if policy == Policy::Fail {
            let _ = write!(text, ", or allow {it} with `#[isolated(leaks(tasks = \"warn\"))]`");
        }
        text
    }

    #[cfg(tokio_unstable)]
    fn places(&self) -> Vec<String> {
        spawned::places(&self.alive)
    }

    #[cfg(not(tokio_unstable))]
    #[allow(clippy::unused_self, reason = "it is used where tokio knows the places")]
    fn places(&self) -> [&'static str; 1] {
        ["with RUSTFLAGS=\"--cfg tokio_unstable\", tokio tells where it was spawned"]
    }
}

#[cfg(tokio_unstable)]
mod spawned {
    use std::collections::BTreeMap;
    use std::panic::Location;
    use std::sync::{Arc, Mutex, PoisonError};

    use tokio::runtime::Builder;
    use tokio::task::Id;

    pub type Alive = Arc<Mutex<Vec<(Id, &'static Location<'static>)>>>;

    pub fn watch(builder: &mut Builder) -> Alive {
        let alive = Alive::default();
        let (spawned, ended) = (alive.clone(), alive.clone());
        builder.on_task_spawn(move |task| lock(&spawned).push((task.id(), task.spawned_at())));
        builder.on_task_terminate(move |task| lock(&ended).retain(|(id, _)| *id != task.id()));
        alive
    }

    /// Each place once, with the number of tasks from there.
    pub fn places(alive: &Alive) -> Vec<String> {
        let mut counts = BTreeMap::new();
        for (_, place) in lock(alive).iter() {
            *counts.entry((place.file(), place.line())).or_insert(0) += 1;
        }
        let times = |count| {
            if count == 1 {
                String::new()
            } else {
                format!(" ({count} tasks)")
            }
        };
        counts
            .into_iter()
            .map(|((file, line), count)| format!("spawned at {file}:{line}{}", times(count)))
            .collect()
    }

    fn lock(alive: &Alive) -> std::sync::MutexGuard<'_, Vec<(Id, &'static std::panic::Location<'static>)>> {
        alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
