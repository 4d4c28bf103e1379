//! Waiting for something that another thread or process does, without a sleep that is too short or too long.

use std::fmt::Debug;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a wait lasts at most when nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// When the running test is stopped, if it is.
static END_OF_TEST: Mutex<Option<Instant>> = Mutex::new(None);

/// Waits until a condition holds, for 5 s at most, or as long as the running test's timeout leaves; returns what the
/// condition found.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
///
/// use isolate_runtime as isolate;
///
/// static READY: AtomicBool = AtomicBool::new(false);
///
/// std::thread::spawn(|| READY.store(true, Relaxed));
/// isolate::wait_until(|| READY.load(Relaxed));
/// ```
///
/// A condition says `false`, `None` or `Err` for as long as it doesn't hold: see [`Condition`]. It is asked again after
/// pauses that grow from 50 µs to 10 ms. More is to be said with [`wait_for`].
///
/// # Panics
///
/// When the time is over: with the place of this call, and the last `Err` of the condition.
#[track_caller]
pub fn wait_until<C: Condition>(condition: impl FnMut() -> C) -> C::Value {
    Wait::default().until(condition)
}

/// [`wait_until`] with a limit of one's own.
#[track_caller]
pub fn wait_until_for<C: Condition>(limit: Duration, condition: impl FnMut() -> C) -> C::Value {
    Wait::default().at_most(limit).until(condition)
}

/// Names what a wait is for, to be read when it was in vain.
///
/// ```
/// use std::time::Duration;
///
/// use isolate_runtime as isolate;
///
/// let port = isolate::wait_for("the server's port")
///     .at_most(Duration::from_secs(1))
///     .until(|| "8080".parse::<u16>());
/// assert_eq!(port, 8080);
/// ```
pub fn wait_for(what: impl Into<String>) -> Wait {
    Wait {
        what: Some(what.into()),
        limit: None,
    }
}

/// [`wait_until`] for async tests: the condition is async, and other tasks run between its turns. It needs the feature
/// `tokio`.
///
/// ```
/// # use isolate_runtime as isolate;
/// # async fn test(sessions: tokio::sync::RwLock<Vec<String>>) {
/// isolate::wait_until_async(async || sessions.read().await.len() == 3).await;
/// # }
/// ```
#[cfg(feature = "tokio")]
#[track_caller]
pub fn wait_until_async<C: Condition>(condition: impl AsyncFnMut() -> C) -> impl Future<Output = C::Value> {
    Wait::default().until_async(condition)
}

/// A wait that is about to begin: see [`wait_for`].
#[derive(Clone, Debug, Default)]
#[must_use = "it waits in `until`"]
pub struct Wait {
    what: Option<String>,
    limit: Option<Duration>,
}

/// What a condition may return: whether it holds, with what it found.
pub trait Condition {
    /// What it found.
    type Value;

    /// `Err` if it doesn't hold, with what there was instead if that is known.
    fn found(self) -> Result<Self::Value, Option<String>>;
}

impl Condition for bool {
    type Value = ();

    fn found(self) -> Result<(), Option<String>> {
        if self { Ok(()) } else { Err(None) }
    }
}

impl<T> Condition for Option<T> {
    type Value = T;

    fn found(self) -> Result<T, Option<String>> {
        self.ok_or(None)
    }
}

impl<T, E: Debug> Condition for Result<T, E> {
    type Value = T;

    fn found(self) -> Result<T, Option<String>> {
        self.map_err(|error| Some(format!("{error:?}")))
    }
}

impl Wait {
    /// Sets how long to wait at most.
    pub fn at_most(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Waits until the condition holds, and returns what it found.
    ///
    /// # Panics
    ///
    /// When the time is over.
    #[track_caller]
    pub fn until<C: Condition>(self, mut condition: impl FnMut() -> C) -> C::Value {
        let mut turns = self.begin(Location::caller());
        loop {
            match turns.next(condition()) {
                Turn::Done(value) => return value,
                Turn::Again(pause) => thread::sleep(pause),
                Turn::TooLate(message) => panic!("{message}"),
            }
        }
    }

    /// Waits until the async condition holds, and returns what it found. It needs the feature `tokio`.
    ///
    /// Where tokio's clock stands still, the pauses between two turns take no time; the limit is of real time.
    ///
    /// # Panics
    ///
    /// When the time is over and the condition has been asked.
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn until_async<C: Condition>(self, mut condition: impl AsyncFnMut() -> C) -> impl Future<Output = C::Value> {
        let place = Location::caller();
        async move {
            let mut turns = self.begin(place);
            loop {
                match turns.next(condition().await) {
                    Turn::Done(value) => return value,
                    Turn::Again(pause) => tokio::time::sleep(pause).await,
                    Turn::TooLate(message) => panic!("{message}"),
                }
            }
        }
    }

    fn begin(self, place: &'static Location<'static>) -> Turns {
        let limit = self.limit.unwrap_or_else(patience);
        Turns {
            what: self.what,
            place,
            limit,
            deadline: Instant::now() + limit,
            pause: Duration::from_micros(50),
        }
    }
}

/// A wait that goes on.
struct Turns {
    what: Option<String>,
    place: &'static Location<'static>,
    limit: Duration,
    deadline: Instant,
    pause: Duration,
}

enum Turn<T> {
    Done(T),
    /// Ask again after this pause.
    Again(Duration),
    TooLate(String),
}

impl Turns {
    /// What to do after one answer of the condition. The last one comes after the deadline, however long a pause took.
    fn next<C: Condition>(&mut self, answer: C) -> Turn<C::Value> {
        let instead = match answer.found() {
            Ok(value) => return Turn::Done(value),
            Err(instead) => instead,
        };
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Turn::TooLate(self.message(instead.as_deref()));
        }
        let pause = self.pause.min(left);
        self.pause = (self.pause * 2).min(Duration::from_millis(10));
        Turn::Again(pause)
    }

    fn message(&self, instead: Option<&str>) -> String {
        let what = self.what.as_deref().unwrap_or("the condition");
        let instead = instead.map_or_else(String::new, |instead| format!("\n  last seen: {instead}"));
        format!(
            "waited {:?} in vain for {what} (at {}){instead}",
            self.limit, self.place
        )
    }
}

/// How long something may take that has no limit of its own: a wait that is in vain has to end before the test is
/// stopped, so that it can say what it waited for.
pub(crate) fn patience() -> Duration {
    match *END_OF_TEST.lock().unwrap_or_else(PoisonError::into_inner) {
        None => PATIENCE,
        Some(end) => PATIENCE.min(end.saturating_duration_since(Instant::now()) * 4 / 5),
    }
}

/// A test begins, which is stopped at `end` if it ever is.
pub(crate) fn begin_test(end: Option<Instant>) {
    *END_OF_TEST.lock().unwrap_or_else(PoisonError::into_inner) = end;
}

/// The running test is stopped so much later.
pub(crate) fn extend_test(by: Duration) {
    if let Some(end) = &mut *END_OF_TEST.lock().unwrap_or_else(PoisonError::into_inner) {
        *end += by;
    }
}
