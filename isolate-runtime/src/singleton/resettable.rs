//! A lazy static that forgets its value before each isolated test.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value that is made at its first use, like [`LazyLock`](std::sync::LazyLock), and forgotten before each isolated
/// test, which then makes its own.
///
/// Nothing has to be registered: the first use does that. One that was never used is left alone.
///
/// ```
/// # use isolate_runtime::singleton as isolate;
/// use isolate::Resettable;
///
/// struct Settings {
///     retries: u32,
/// }
///
/// static SETTINGS: Resettable<Settings> = Resettable::new(|| Settings { retries: 3 });
///
/// let before: &'static Settings = &SETTINGS;
/// Resettable::reset(&SETTINGS);
/// assert!(!std::ptr::eq(before, &*SETTINGS)); // a new one …
/// assert_eq!(before.retries, 3); // … and the old one is still whole for those who hold it
/// ```
///
/// # What happens to old values
///
/// A `&'static T` that somebody borrowed before a reset may still be in use after it, so the old value stays where it is:
/// it is dropped only with the `Resettable`, and that of a static never. A value whose `Drop` must run, since it
/// stops a thread or removes a file, should be a `#[singleton]` with a `reset` that does so. Memory grows by one value for
/// each test that used it, and goes with the worker process.
///
/// # Cost
///
/// A use costs an acquire load of a pointer, a check for null, and a plain load beside the value. Production code that
/// never resets pays nothing else.
///
/// # Panics
///
/// If `init` panics, the panic goes to whoever used the value, and the next use tries again. If `init` uses the value that
/// it is about to make, that panics too.
pub struct Resettable<T> {
    current: AtomicPtr<Node<T>>,
    init: fn() -> T,
    lock: Mutex<()>,
    /// Who holds the lock: see [`thread`]. 0 for nobody.
    owner: AtomicUsize,
    location: &'static Location<'static>,
    owns: PhantomData<*mut T>,
}

struct Node<T> {
    value: T,
    /// Set by a reset. Its address stands for the node in [`LIVE`].
    stale: AtomicBool,
    previous: *mut Node<T>,
}

/// The nodes that a reset has to mark. Each is here from before it is published until it is marked or dropped.
static LIVE: Mutex<Vec<Mark>> = Mutex::new(Vec::new());

struct Mark(*const AtomicBool);

// SAFETY: points into a node, to an atomic; whoever drops the node takes the mark out first, under the lock of `LIVE`.
unsafe impl Send for Mark {}

// SAFETY: owns values of `T`, which move with it; everything else is `Send`.
unsafe impl<T: Send> Send for Resettable<T> {}
// SAFETY: hands out `&T` to all threads (`T: Sync`), and drops on one thread what another may have made (`T: Send`). The
// pointer is changed only under the lock.
unsafe impl<T: Send + Sync> Sync for Resettable<T> {}

impl<T> Resettable<T> {
    /// Makes one whose value comes from `init`, at the first use and again after each reset.
    #[track_caller]
    pub const fn new(init: fn() -> T) -> Self {
        Self {
            current: AtomicPtr::new(ptr::null_mut()),
            init,
            lock: Mutex::new(()),
            owner: AtomicUsize::new(0),
            location: Location::caller(),
            owns: PhantomData,
        }
    }

    /// Forgets the value of this one now. The next use makes a new one.
    pub fn reset(this: &Self) {
        let mut live = live();
        // SAFETY: a node lives as long as `this`.
        if let Some(node) = unsafe { this.current.load(Ordering::Acquire).as_ref() } {
            live.retain(|mark| !ptr::eq(mark.0, &raw const node.stale));
            node.stale.store(true, Ordering::Release);
        }
    }

    fn fresh(&self) -> Option<&T> {
        // SAFETY: the pointer is null or came from a box, was published by the store in `make`, and is freed only by
        // `drop`, which no borrow of `self` outlives.
        let node = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        (!node.stale.load(Ordering::Relaxed)).then_some(&node.value)
    }

    #[cold]
    fn make(&self) -> &T {
        let me = thread();
        assert!(
            self.owner.load(Ordering::Relaxed) != me,
            "the value of the `Resettable` at {} is used by its own `init`",
            self.location
        );
        let _owner = Owner::new(self, me);
        if let Some(value) = self.fresh() {
            return value;
        }
        let previous = self.current.load(Ordering::Relaxed);
        let value = (self.init)();
        let node = Box::into_raw(Box::new(Node {
            value,
            stale: AtomicBool::new(false),
            previous,
        }));
        // SAFETY: just made, and freed only by `drop`.
        let node_ref = unsafe { &*node };
        live().push(Mark(&raw const node_ref.stale));
        self.current.store(node, Ordering::Release);
        &node_ref.value
    }
}

impl<T> Deref for Resettable<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.fresh() {
            Some(value) => value,
            None => self.make(),
        }
    }
}

impl<T> Drop for Resettable<T> {
    fn drop(&mut self) {
        let mut next = *self.current.get_mut();
        if next.is_null() {
            return;
        }
        {
            // SAFETY: ours until freed below; only the newest node may have a mark.
            let stale = unsafe { &raw const (*next).stale };
            live().retain(|mark| mark.0 != stale);
        }
        while !next.is_null() {
            // SAFETY: came from a box, is linked once, and `&mut self` says that nobody borrows it any more.
            let node = unsafe { Box::from_raw(next) };
            next = node.previous;
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Resettable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fresh() {
            Some(value) => f.debug_tuple("Resettable").field(value).finish(),
            None => write!(f, "Resettable(<uninitialised at {}>)", self.location),
        }
    }
}

/// Forgets the values of all that are initialised.
pub(super) fn forget_all() {
    let mut live = live();
    if live.is_empty() {
        return;
    }
    for Mark(stale) in live.drain(..) {
        // SAFETY: its node takes the mark out before it is freed, and we hold the lock.
        unsafe { &*stale }.store(true, Ordering::Release);
    }
}

fn live() -> MutexGuard<'static, Vec<Mark>> {
    // Nothing in there can be left half done by a panic.
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds the lock, and says who does.
struct Owner<'a> {
    owner: &'a AtomicUsize,
    _guard: MutexGuard<'a, ()>,
}

impl<'a> Owner<'a> {
    fn new<T>(of: &'a Resettable<T>, thread: usize) -> Self {
        // An `init` that panicked changed nothing.
        let guard = of.lock.lock().unwrap_or_else(PoisonError::into_inner);
        of.owner.store(thread, Ordering::Relaxed);
        Self {
            owner: &of.owner,
            _guard: guard,
        }
    }
}

impl Drop for Owner<'_> {
    fn drop(&mut self) {
        self.owner.store(0, Ordering::Relaxed);
    }
}

/// A number that no other living thread has, and that is not 0.
fn thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| ptr::from_ref(mark).addr())
}
