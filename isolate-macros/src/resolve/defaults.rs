//! What a module says for the tests in it.

use syn::ext::IdentExt;

use crate::parse::arguments::{Arguments, Fixture, Kind};

/// Adds what the surroundings say to what `inner` says; `inner` wins, and fixtures add up, those of the surroundings first.
pub fn merge(outer: &Arguments, inner: Arguments) -> Arguments {
    let mut fixtures = outer.fixtures.clone();
    for fixture in inner.fixtures {
        match fixtures.iter_mut().find(|known| is_same(known, &fixture)) {
            Some(known) => override_with(known, fixture),
            None => fixtures.push(fixture),
        }
    }
    Arguments {
        fixtures,
        group: inner.group.or_else(|| outer.group.clone()),
        timeout: inner.timeout.or(outer.timeout),
        main_thread: inner.main_thread || outer.main_thread,
        threads: inner.threads.or(outer.threads),
        krate: inner.krate.or_else(|| outer.krate.clone()),
    }
}

fn is_same(a: &Fixture, b: &Fixture) -> bool {
    a.name.unraw() == b.name.unraw()
}

/// A bare `db` in the test keeps the module's schema. The test's own tokens name the local, for hygiene.
fn override_with(known: &mut Fixture, fixture: Fixture) {
    known.name = fixture.name;
    if let Kind::Db(Some(schema)) = fixture.kind {
        known.kind = Kind::Db(Some(schema));
    }
}
