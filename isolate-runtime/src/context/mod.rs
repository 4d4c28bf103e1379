//! What a running test owns: its fixtures, each built once when the test first asks for it, and its directory. The
//! macro's code asks; whoever runs the test tears everything down in reverse order.

mod built_in;
#[cfg(feature = "db")]
mod database;
mod list;

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::sync::Arc;

pub(crate) use self::list::AppendList;
use crate::case::TestCase;
use crate::directory::{Place, TestDirectory};
use crate::executor::{self, Executor};
use crate::failure::Failure;
use crate::fixture::{self, Built, FixtureFunction, Scope};
use crate::fixtures::{Port, Storage, TakenPorts};
use crate::leaks::Policy;
use crate::worker;

/// The fixtures of one running test.
pub struct Context {
    case: &'static TestCase,
    prepares: bool,
    /// What there is to prepare, if it is to be said and not done.
    #[cfg(feature = "db")]
    asked: Option<RefCell<database::Asked>>,
    place: Place,
    /// Made at the first call, as is [`TakenPorts`]: memory that most tests don't need, and a fork would copy to write to.
    directory: OnceCell<Arc<TestDirectory>>,
    built: AppendList<Built>,
    /// The fixtures that are being built now, outermost first.
    building: RefCell<Vec<Building>>,
    taken_ports: OnceCell<Arc<TakenPorts>>,
    /// Functions that make a fixture with parameters set.
    given: RefCell<Vec<Box<dyn Any>>>,
    executor: Executor,
    /// What is said of the database, once somebody has asked for one.
    #[cfg(feature = "db")]
    database: OnceCell<database::Wanted>,
}

/// What is to be said of a test when everything of it has been taken down.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    pub failures: Vec<Failure>,
    pub warning: Option<Failure>,
}

/// A fixture that is being built.
#[derive(Clone, Copy)]
struct Building {
    key: fixture::Key,
    scope: Scope,
}

impl Context {
    /// Nothing is built yet. The test's directory doesn't exist yet, unless it has files of its own there; the worker's does.
    pub(crate) fn new(case: &'static TestCase, place: Place) -> Self {
        Self {
            case,
            prepares: false,
            #[cfg(feature = "db")]
            asked: None,
            place,
            directory: if case.own().files && place.path().is_dir() {
                Arc::new(TestDirectory::made(place)).into()
            } else {
                OnceCell::new()
            },
            built: AppendList::default(),
            building: RefCell::default(),
            taken_ports: OnceCell::new(),
            given: RefCell::default(),
            executor: Executor::new(case.multi_thread),
            #[cfg(feature = "db")]
            database: OnceCell::new(),
        }
    }

    /// For a test that runs in a copy of this process: what is built here goes into the copy.
    pub(crate) fn preparing(case: &'static TestCase, place: Place) -> Self {
        Self {
            prepares: true,
            ..Self::new(case, place)
        }
    }

    /// The test.
    pub fn case(&self) -> &'static TestCase {
        self.case
    }

    /// Sets parameters of a fixture, for whoever asks for it.
    pub fn give<F: FixtureFunction>(&self, make: fn() -> F) {
        self.given.borrow_mut().push(Box::new(make));
    }

    /// Whether nothing is to be done but [`prepare`](Self::prepare) all fixtures: this process will be copied for the test.
    pub fn prepares(&self) -> bool {
        self.prepares
    }

    /// Builds what outlives a test, of a fixture and of those that it asks for.
    pub fn prepare<F: FixtureFunction>(&self) -> Result<(), Failure> {
        let outlives = match F::SCOPE {
            Scope::Test => false,
            Scope::Group => self.case.group.is_some(),
            Scope::Worker | Scope::Session => true,
        };
        #[cfg(feature = "db")]
        if let Some(asked) = &self.asked {
            asked.borrow_mut().fixtures |= outlives;
            return F::prepare(self);
        }
        if !outlives {
            return F::prepare(self).map_err(|failure| {
                Failure::new(format!(
                    "fixture `{}` ({}:{}) could not be built: {failure}",
                    F::NAME,
                    F::FILE,
                    F::LINE
                ))
            });
        }
        let value = self.fixture::<F>()?;
        // What it asks for is there by now, if it is in this process.
        if F::SCOPE != Scope::Session {
            F::prepare(self)?;
        }
        match F::hooks().refuses_snapshot(value) {
            None => Ok(()),
            Some(reason) => Err(Failure::new(format!(
                "fixture `{}` ({}:{}) can't be given to a test with a process of its own: {reason}\n  such a test gets a \
                 copy of what outlives it: build the fixture for each test (`#[fixture]` without a scope),\n  or let the test \
                 share a process (`#[isolated(process = false)]`)",
                F::NAME,
                F::FILE,
                F::LINE
            ))),
        }
    }

    /// The value of a `#[fixture]` function, built if nobody has asked for it in its scope.
    pub fn fixture<F: FixtureFunction>(&self) -> Result<&F::Value, Failure> {
        let key = Built::key_of::<F>();
        let build: &dyn Fn() -> Result<Built, Failure> = match F::SCOPE {
            Scope::Test => &|| Built::build(self.make::<F>(), self),
            // A test in no group is a group of its own.
            Scope::Group if self.case.group.is_none() => &|| Built::build(F::unset(), self),
            Scope::Group | Scope::Worker | Scope::Session => {
                return self.within(key, F::SCOPE, || executor::within(None, || fixture::shared::<F>(self)));
            }
        };
        let once = self.once(key, F::SCOPE, &|| executor::within(Some(&self.executor), build))?;
        Ok(value(once))
    }

    /// A value of the test's own, which it may take apart: built anew for every parameter that asks by value.
    pub fn owned<F: FixtureFunction>(&self) -> Result<F::Value, Failure> {
        self.anew(&|| self.make::<F>())
    }

    /// The same with parameters that nobody else's value has.
    pub fn owned_with<F: FixtureFunction>(&self, make: fn() -> F) -> Result<F::Value, Failure> {
        self.anew(&make)
    }

    fn anew<F: FixtureFunction>(&self, make: &dyn Fn() -> F) -> Result<F::Value, Failure> {
        let refused = |reason| {
            Err(Failure::new(format!(
                "fixture `{}` ({}:{}) can't be given by value: {reason}\n  ask for a reference to it",
                F::NAME,
                F::FILE,
                F::LINE
            )))
        };
        if F::SCOPE != Scope::Test {
            return refused("it outlives the test");
        }
        if !F::hooks().is_empty() {
            return refused("its type has a `Fixture` implementation, so it is torn down when the test has ended");
        }
        self.within(Built::key_of::<F>(), F::SCOPE, || {
            executor::within(Some(&self.executor), || fixture::build(make(), self))
        })
    }

    fn make<F: FixtureFunction>(&self) -> F {
        let given = self.given.borrow();
        let make = given.iter().find_map(|make| make.downcast_ref::<fn() -> F>());
        make.map_or_else(F::unset, |make| make())
    }

    /// Builds a fixture that somebody else keeps.
    pub(crate) fn build<F: FixtureFunction>(&self) -> Result<Built, Failure> {
        self.within(Built::key_of::<F>(), F::SCOPE, || Built::build(F::unset(), self))
    }

    /// The `storage` fixture.
    pub fn storage(&self) -> Result<&Storage, Failure> {
        self.built_in("storage", || Ok(Storage::create(self.directory()?)?), ended)
    }

    /// The `port` fixture, or one of several by their names.
    pub fn port(&self, name: &'static str) -> Result<&Port, Failure> {
        self.built_in(
            name,
            || {
                let taken = Arc::clone(self.taken_ports.get_or_init(Arc::default));
                Ok(Port::new(worker::ports()?, name, taken))
            },
            ended,
        )
    }

    /// Whether the test's directory was ever made.
    pub(crate) fn has_directory(&self) -> bool {
        self.directory.get().is_some_and(|directory| directory.is_made())
    }

    /// The test's tokio runtime, started at the first call.
    #[cfg(feature = "tokio")]
    pub fn runtime(&self) -> Result<&tokio::runtime::Runtime, Failure> {
        self.executor.runtime()
    }

    /// Lets code that isn't async itself spawn tasks on the test's runtime, while the guard is there.
    #[cfg(feature = "tokio")]
    pub fn enter(&self) -> Result<tokio::runtime::EnterGuard<'_>, Failure> {
        self.runtime().map(tokio::runtime::Runtime::enter)
    }

    /// Runs the test, or a fixture that is being built, to its end.
    #[cfg(feature = "tokio")]
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Failure> {
        if self.building.borrow().is_empty() {
            Ok(self.runtime()?.block_on(future))
        } else {
            executor::block_on(future)
        }
    }

    /// Takes everything down in reverse order of construction, then the runtime. An error in one never stops the rest; all
    /// are returned.
    pub(crate) fn tear_down(self) -> Ending {
        let mut ending = Ending::default();
        executor::within(Some(&self.executor), || {
            for newest in self.built.into_newest_first() {
                ending.failures.append(&mut newest.tear_down());
            }
        });
        if let Some(tasks) = self.executor.end(self.case.tasks) {
            match self.case.tasks {
                Policy::Fail => ending.failures.push(tasks),
                _ => ending.warning = Some(tasks),
            }
        }
        // Nobody else has it any more: those who had it are in the list above.
        self.executor.shut_down();
        ending
    }

    /// A fixture of this crate: `tear_down` ends its value.
    pub(crate) fn built_in<T: 'static>(
        &self,
        name: &'static str,
        build: impl Fn() -> Result<T, Failure>,
        tear_down: fn(Box<dyn Any>) -> Vec<Failure>,
    ) -> Result<&T, Failure> {
        let key = (std::any::TypeId::of::<T>(), name);
        let once = self.once(key, Scope::Test, &|| Ok(Built::new(name, build()?, tear_down)))?;
        Ok(value(once))
    }

    /// The test's directory, made at the first call.
    pub(crate) fn directory(&self) -> Result<&Path, Failure> {
        Ok(self.shared_directory().make()?)
    }

    /// The same, made or not, for a fixture that keeps it.
    fn shared_directory(&self) -> &Arc<TestDirectory> {
        let new = || Arc::new(TestDirectory::new(self.place));
        self.directory.get_or_init(new)
    }

    fn once(
        &self,
        key: fixture::Key,
        scope: Scope,
        build: &dyn Fn() -> Result<Built, Failure>,
    ) -> Result<&Built, Failure> {
        self.within(key, scope, || match self.built.find(|built| built.is(&key)) {
            Ok(found) => Ok(found),
            Err(end) => Ok(end.push(build()?)),
        })
    }

    /// Builds with this fixture on the list.
    fn within<T>(
        &self,
        key: fixture::Key,
        scope: Scope,
        build: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.begin(key, scope)?;
        let result = build();
        self.building.borrow_mut().pop();
        result
    }

    /// Puts a fixture on the list, so that one which asks for itself is an error and not an endless loop, and none gets
    /// hold of what ends before it does.
    fn begin(&self, key: fixture::Key, scope: Scope) -> Result<(), Failure> {
        let mut building = self.building.borrow_mut();
        if building.iter().any(|outer| outer.key == key) {
            let mut text = "fixtures ask for each other: ".to_owned();
            for outer in building.iter() {
                text = text + "`" + outer.key.1 + "` asks for ";
            }
            return Err(Failure::new(format!("{text}`{}`", key.1)));
        }
        if let Some(outer) = building.last()
            && outer.scope > scope
        {
            return Err(Failure::new(format!(
                "it asks for `{}`, which ends before it: `{}` lives for the {}, `{}` for the {}",
                key.1, outer.key.1, outer.scope, key.1, scope
            )));
        }
        building.push(Building { key, scope });
        Ok(())
    }
}

fn value<T: 'static>(built: &Built) -> &T {
    built.value().expect("the key tells its type")
}

/// For values whose end is their drop.
fn ended(value: Box<dyn Any>) -> Vec<Failure> {
    drop(value);
    Vec::new()
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("case", &self.case.path)
            .finish_non_exhaustive()
    }
}
