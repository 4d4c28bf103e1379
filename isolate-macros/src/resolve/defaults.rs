//! What a module says for the tests in it.

use crate::parse::arguments::{Arguments, Fixture, Kind};
use crate::parse::limits::Limits;
use crate::parse::tags;
use crate::syntax::{IdentExt, Module};

/// Adds what the surroundings say to what `inner` says; `inner` wins; fixtures and tags add up, those of the surroundings first.
pub fn merge(outer: &Arguments, inner: Arguments) -> Arguments {
    let mut fixtures = outer.fixtures.clone();
    for fixture in inner.fixtures {
        match fixtures.iter_mut().find(|known| is_same(known, &fixture)) {
            Some(known) => override_with(known, fixture),
            None => fixtures.push(fixture),
        }
    }
    // Limits are those of a process.
    let limits = match inner.process {
        Some(false) => Limits::default(),
        _ => inner.limits.or(outer.limits),
    };
    Arguments {
        fixtures,
        group: inner.group.or_else(|| outer.group.clone()),
        tags: tags::join(&outer.tags, inner.tags),
        timeout: inner.timeout.or(outer.timeout),
        process: inner.process.or(outer.process),
        main_thread: inner.main_thread || outer.main_thread,
        threads: inner.threads.or(outer.threads),
        tasks: inner.tasks.or(outer.tasks),
        multi_thread: inner.multi_thread.or(outer.multi_thread),
        network: inner.network.or(outer.network),
        files: inner.files.or(outer.files),
        limits,
        krate: inner.krate.or_else(|| outer.krate.clone()),
    }
}

fn is_same(a: &Fixture, b: &Fixture) -> bool {
    a.name.unraw().is_same(&b.name.unraw())
}

/// A bare `db` in the test keeps the module's schema. The test's own tokens name the local, for hygiene.
fn override_with(known: &mut Fixture, fixture: Fixture) {
    known.name = fixture.name;
    match (&mut known.kind, fixture.kind) {
        (kind, Kind::Db(database)) if !database.is_any() => *kind = Kind::Db(database),
        (Kind::Custom(known), Kind::Custom(mut custom)) => {
            if custom.values.is_empty() {
                custom.values.append(&mut known.values);
            }
            *known = custom;
        }
        _ => {}
    }
}

/// What the surroundings say, as seen from a module inside them.
pub fn inside(module: &Module, outer: &Arguments) -> Arguments {
    let mut inner = merge(outer, Arguments::default());
    let defined = module.names();
    for fixture in &mut inner.fixtures {
        if let Kind::Custom(custom) = &mut fixture.kind {
            let is_shadowed = custom.autouse.is_none() && defined.iter().any(|name| name.is_same(&fixture.name));
            custom.depth = if is_shadowed { 0 } else { custom.depth + 1 };
        }
    }
    inner
}

#[cfg(test)]
mod tests {
    use tokens::TokenStream;

    use super::merge;
    use crate::parse::arguments::{Arguments, Kind, parse};
    use crate::parse::database::Database;
    use crate::quote::{ToTokens, quote};

    /// What `inner` says inside `outer`, in words.
    fn merged(outer: TokenStream, inner: TokenStream) -> String {
        let Arguments {
            fixtures,
            group,
            tags,
            timeout,
            process,
            main_thread,
            threads,
            tasks,
            multi_thread,
            network,
            files,
            limits,
            krate,
        } = merge(&parse(outer).unwrap(), parse(inner).unwrap());
        let mut words: Vec<String> = Vec::new();
        for fixture in fixtures {
            words.push(match fixture.kind {
                Kind::Db(Database {
                    schema: Some(schema), ..
                }) => format!("{}({})", fixture.name, schema.value()),
                Kind::Db(Database { memory: true, .. }) => format!("{}(memory)", fixture.name),
                _ => fixture.name.to_string(),
            });
        }
        words.extend(group.map(|group| format!("group {}", group.value())));
        words.extend(tags.iter().map(|tag| format!("tag {}", tag.value())));
        words.extend(timeout.map(|timeout| format!("timeout {timeout}")));
        words.extend(process.map(|is| format!("process {is}")));
        words.extend(main_thread.then(|| String::from("main_thread")));
        words.extend(threads.map(|policy| format!("threads {policy:?}")));
        words.extend(tasks.map(|policy| format!("tasks {policy:?}")));
        words.extend(multi_thread.map(|is| format!("multi-thread {is}")));
        words.extend(network.map(|need| format!("network {need:?}")));
        words.extend(files.map(|need| format!("files {need:?}")));
        words.extend(limits.memory.map(|bytes| format!("memory {bytes}")));
        words.extend(limits.processes.map(|number| format!("processes {number}")));
        words.extend(limits.files.map(|number| format!("open {number}")));
        words.extend(limits.cpu.map(|seconds| format!("cpu {seconds}")));
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
        let outer = quote!(runtime = "multi-thread", leaks(tasks = "warn", threads = "off"));
        let inner = quote!(runtime = "current-thread", leaks(tasks = "off"));
        assert_eq!(
            merged(outer.clone(), inner),
            "threads Off, tasks Off, multi-thread false"
        );
        assert_eq!(merged(outer, quote!()), "threads Off, tasks Warn, multi-thread true");
        let outer = quote!(network, files = "prefer");
        assert_eq!(
            merged(outer.clone(), quote!(network = "off")),
            "network Off, files Prefer"
        );
        assert_eq!(merged(outer, quote!(files)), "network Require, files Require");
        assert_eq!(merged(quote!(process), quote!()), "process true");
        assert_eq!(merged(quote!(process), quote!(process = false)), "process false");
        assert_eq!(
            merged(quote!(limits(files = 2)), quote!(process = false)),
            "process false"
        );
        assert_eq!(
            merged(quote!(process = false), quote!(limits(files = 2))),
            "process true, open 2"
        );
        assert_eq!(
            merged(
                quote!(limits(memory = "1K", cpu = "1s", processes = 1)),
                quote!(limits(memory = "2K", files = 2))
            ),
            "process true, memory 2048, processes 1, open 2, cpu 1"
        );
        assert_eq!(
            merged(quote!(tags("slow", "ui")), quote!(tags("db", "slow"))),
            "tag slow, tag ui, tag db"
        );
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
        assert_eq!(merged(quote!(db(memory, seed = fill)), quote!(db)), "db(memory)");
    }
}
