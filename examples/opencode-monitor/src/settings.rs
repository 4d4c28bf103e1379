//! [`SETTINGS`]: what can be changed while the monitor runs.

use std::env;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

use isolate::Resettable;

/// The settings of this process. Each isolated test loads its own.
pub static SETTINGS: Resettable<Settings> = Resettable::new(Settings::load);

/// Read from the environment once, and changed by whoever needs to.
#[derive(Debug)]
pub struct Settings {
    alert_threshold: AtomicI32,
    refresh_ms: AtomicU64,
}

impl Settings {
    /// `OPENCODE_MONITOR_ALERTS` (a risk score, 50) and `OPENCODE_MONITOR_REFRESH_MS` (500).
    pub fn load() -> Self {
        Self {
            alert_threshold: AtomicI32::new(variable("OPENCODE_MONITOR_ALERTS").unwrap_or(50)),
            refresh_ms: AtomicU64::new(variable("OPENCODE_MONITOR_REFRESH_MS").unwrap_or(500)),
        }
    }

    /// The lowest risk score that is an alert.
    pub fn alert_threshold(&self) -> i32 {
        self.alert_threshold.load(Ordering::Relaxed)
    }

    /// Changes the lowest risk score that is an alert.
    pub fn set_alert_threshold(&self, score: i32) {
        self.alert_threshold.store(score, Ordering::Relaxed);
    }

    /// How long the watcher rests between two looks.
    pub fn refresh(&self) -> Duration {
        Duration::from_millis(self.refresh_ms.load(Ordering::Relaxed))
    }

    /// Changes how long the watcher rests between two looks.
    pub fn set_refresh(&self, interval: Duration) {
        self.refresh_ms.store(
            u64::try_from(interval.as_millis()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

#[cfg(test)]
#[isolate::isolated]
mod tests {
    use super::*;

    #[test]
    fn have_defaults() {
        assert_eq!(
            (SETTINGS.alert_threshold(), SETTINGS.refresh()),
            (50, Duration::from_millis(500))
        );
    }

    #[test]
    fn can_be_changed() {
        SETTINGS.set_alert_threshold(90);
        SETTINGS.set_refresh(Duration::from_secs(2));
        assert_eq!(
            (SETTINGS.alert_threshold(), SETTINGS.refresh()),
            (90, Duration::from_secs(2))
        );
    }

    #[test]
    fn are_loaded_again_for_each_test() {
        assert_eq!(SETTINGS.alert_threshold(), 50);
        SETTINGS.set_alert_threshold(1);
    }

    #[test]
    #[should_panic(expected = "the refresh is 500ms")]
    fn show_what_they_are_in_a_panic() {
        panic!("the refresh is {:?}", SETTINGS.refresh());
    }
}
