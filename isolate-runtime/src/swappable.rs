//! A value or function that a test can replace in production code.

use std::fmt;
use std::ops::Deref;
#[cfg(feature = "runtime")]
use std::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

/// A static value or function that a test can replace, through its `mocks` fixture.
///
/// ```
/// # use isolate_runtime as isolate;
/// use std::time::{Duration, SystemTime};
///
/// use isolate::Swappable;
///
/// pub static NOW: Swappable<fn() -> SystemTime> = Swappable::new(SystemTime::now);
/// pub static PAGE: Swappable<usize> = Swappable::new(50);
///
/// fn age(of: SystemTime) -> Duration {
///     NOW.get()().duration_since(of).unwrap_or_default()
/// }
///
/// assert_eq!(*PAGE, 50);
/// assert_eq!(age(NOW.get()() + Duration::from_secs(9)), Duration::ZERO);
/// ```
///
/// A test then says `mocks.replace(&NOW, || SystemTime::UNIX_EPOCH)`, and when it is over the original is back.
///
/// # Cost
///
/// Without the feature `runtime`, as production code has it, this is the plain value: same size, same access. With it, a
/// use costs an acquire load and a check for null.
///
/// # What happens to replacements
///
/// The test's code may hold a `&'static T` on, so a replacement is never dropped: it goes with the worker process.
#[cfg_attr(not(feature = "runtime"), repr(transparent))]
pub struct Swappable<T> {
    original: T,
    /// Null, or a value that lives for ever.
    #[cfg(feature = "runtime")]
    replacement: AtomicPtr<T>,
}

impl<T> Swappable<T> {
    /// One that holds `value` whenever no test has replaced it.
    pub const fn new(value: T) -> Self {
        Self {
            original: value,
            #[cfg(feature = "runtime")]
            replacement: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The value, or what a test has put in its place.
    #[inline]
    pub fn get(&self) -> &T {
        #[cfg(feature = "runtime")]
        // SAFETY: it is null or came from `Box::into_raw` in `replace`, and nobody frees it.
        if let Some(replacement) = unsafe { self.replacement.load(Ordering::Acquire).as_ref() } {
            return replacement;
        }
        &self.original
    }
}

#[cfg(feature = "runtime")]
impl<T: Sync> Swappable<T> {
    /// Puts `value` in place, for ever or until the returned function is called, which puts back what was there before.
    pub(crate) fn replace(&'static self, value: T) -> (&'static T, impl FnOnce() + use<T>) {
        let value = Box::into_raw(Box::new(value));
        crate::sys::lsan::ignore(value);
        let before = self.replacement.swap(value, Ordering::AcqRel);
        let put_back = move || self.replacement.store(before, Ordering::Release);
        // SAFETY: just made, and never freed.
        (unsafe { &*value }, put_back)
    }
}

impl<T> Deref for Swappable<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T: fmt::Debug> fmt::Debug for Swappable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Swappable").field(self.get()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(feature = "runtime"))]
    fn is_the_plain_value_without_the_runtime() {
        assert_eq!(size_of::<Swappable<u8>>(), 1);
        assert_eq!(*Swappable::new(3), 3);
    }

    #[test]
    #[cfg(feature = "runtime")]
    fn replacements_nest_and_go() {
        static LIMIT: Swappable<u32> = Swappable::new(1);
        let original = LIMIT.get();
        let (two, back_to_one) = LIMIT.replace(2);
        let (_, back_to_two) = LIMIT.replace(3);
        assert_eq!((*original, *two, *LIMIT), (1, 2, 3));
        back_to_two();
        assert_eq!(*LIMIT, 2);
        back_to_one();
        assert_eq!((*LIMIT, *two), (1, 2), "those who still borrow a replacement may go on");
    }

    #[test]
    fn functions_can_be_called() {
        static DOUBLE: Swappable<fn(u8) -> u8> = Swappable::new(|n| 2 * n);
        assert_eq!(DOUBLE.get()(4), 8);
        assert_eq!(DOUBLE(4), 8);
    }
}
