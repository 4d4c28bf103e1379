use std::time::{Duration, Instant};

/// How long before its deadline a test is likely to come to it: reading debug information takes about as long as a tenth of
/// this.
const LEAD: Duration = Duration::from_millis(500);

/// How long the checks after a test wait before they are likely to find something. Threads that are about to end take less.
const LINGERING: Duration = Duration::from_millis(500);

/// How long the host waits for a test, and when it gets ready to say where that is.
pub struct Patience {
    deadline: Instant,
    /// `None` once it has.
    ready: Option<Instant>,
}

impl Patience {
    /// For a test that may take as long.
    pub fn with_test(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            deadline: now + limit,
            ready: Some(now + limit.saturating_sub(LEAD).max(limit / 8 * 7)),
        }
    }

    /// For the checks after it.
    pub fn with_checks(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            deadline: now + limit,
            ready: Some(now + LINGERING),
        }
    }

    /// What is left, with some more while the test waits for something that is no fault of its own.
    pub fn pause(&mut self, limit: Duration) -> Duration {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.deadline += limit;
        self.ready = self.ready.map(|ready| ready + limit);
        left
    }

    /// The next moment at which there is something to do.
    pub fn next(&self) -> Instant {
        self.ready.unwrap_or(self.deadline)
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Whether it is time to get ready; says so once.
    pub fn gets_ready(&mut self) -> bool {
        self.ready.take_if(|ready| Instant::now() >= *ready).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gets_ready_once_and_in_time() {
        let mut patience = Patience::with_test(Duration::from_mins(1));
        assert!(!patience.gets_ready() && !patience.is_over());
        let first = patience.next();
        assert!(first > Instant::now());
        let left = patience.pause(Duration::from_mins(1));
        assert!(left > LEAD);
        assert_eq!(patience.next(), first + Duration::from_mins(1));
        patience.ready = Some(Instant::now());
        assert!(patience.gets_ready() && !patience.gets_ready());
        assert_eq!(patience.next() - first, LEAD + Duration::from_mins(1));
        assert!(Patience::with_test(Duration::ZERO).is_over());
    }
}
