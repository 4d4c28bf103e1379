use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[isolate::singleton(reset = |count| count.store(0, Relaxed))]
pub static COUNT: AtomicUsize = AtomicUsize::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[isolate::isolated]
    fn counts() {
        assert_eq!(COUNT.fetch_add(1, Relaxed), 0);
    }
}
