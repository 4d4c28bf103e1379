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

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::{ToTokens, quote};

    use super::merge;
    use crate::parse::arguments::{Arguments, Kind, parse};

    /// What `inner` says inside `outer`, in words.
    fn merged(outer: TokenStream, inner: TokenStream) -> String {
        let Arguments {
            fixtures,
            group,
            timeout,
            main_thread,
            threads,
            krate,
        } = merge(&parse(outer).unwrap(), parse(inner).unwrap());
        let mut words: Vec<String> = Vec::new();
        for fixture in fixtures {
            words.push(match fixture.kind {
                Kind::Db(Some(schema)) => format!("{}({})", fixture.name, schema.value()),
                _ => fixture.name.to_string(),
            });
        }
        words.extend(group.map(|group| format!("group {}", group.value())));
        words.extend(timeout.map(|timeout| format!("timeout {timeout}")));
        words.extend(main_thread.then(|| String::from("main_thread")));
        words.extend(threads.map(|policy| format!("threads {policy:?}")));
        words.extend(krate.map(|path| format!("crate {}", path.to_token_stream())));
        words.join(", ")
    }

    #[test]
    fn the_inner_wins() {
        let outer = quote!(group = "a", timeout = "1s", leaks(threads = "fail"), crate = a);
        let inner = quote!(group = "b", timeout = "2s", leaks(threads = "off"), crate = b);
        assert_eq!(
            merged(outer.clone(), inner.clone()),
            "group b, timeout 2000, threads Off, crate b"
        );
        assert_eq!(
            merged(outer.clone(), quote!()),
            "group a, timeout 1000, threads Fail, crate a"
        );
        assert_eq!(merged(quote!(), inner), "group b, timeout 2000, threads Off, crate b");
        assert_eq!(merged(quote!(main_thread), quote!()), "main_thread");
        assert_eq!(merged(quote!(), quote!(main_thread)), "main_thread");
    }

    #[test]
    fn fixtures_add_up() {
        assert_eq!(
            merged(quote!(port(api), storage), quote!(db, port(mock, api))),
            "api, storage, db, mock"
        );
        assert_eq!(merged(quote!(port), quote!(port(api))), "port, api");
    }

    #[test]
    fn a_schema_stays_until_another_is_given() {
        assert_eq!(merged(quote!(db(schema = "a.sql")), quote!(db)), "db(a.sql)");
        assert_eq!(
            merged(quote!(db(schema = "a.sql")), quote!(db(schema = "b.sql"))),
            "db(b.sql)"
        );
        assert_eq!(merged(quote!(db), quote!(db(schema = "b.sql"))), "db(b.sql)");
    }
}
