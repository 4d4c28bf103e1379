//! What libtest was told on the command line, as far as it says which tests will run.

use std::env;
use std::num::NonZero;
use std::thread::available_parallelism;

use crate::case::TestCase;
use crate::config::Config;

/// Which tests libtest is going to start, and how many at a time.
#[derive(Debug, PartialEq, Eq)]
pub struct Selection {
    filters: Vec<String>,
    skipped: Vec<String>,
    exact: bool,
    ignored: Ignored,
    pub threads: usize,
}

/// Which tests run, of those with `#[ignore]` and those without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ignored {
    No,
    Only,
    Too,
}

/// The tests that libtest is going to start: those of this selection, or all if it isn't known, as far as tags don't leave them
/// out.
pub fn tests<'a>(selection: Option<&'a Selection>, config: &'a Config) -> impl Iterator<Item = &'static TestCase> + 'a {
    let has_tags = |case: &TestCase| config.tags.as_ref().is_none_or(|filter| filter.selects(case.tags));
    let is_taken = move |case: &TestCase| selection.is_none_or(|selection| selection.takes(case.name(), case.ignored));
    TestCase::all().filter(move |case| has_tags(case) && is_taken(case))
}

impl Selection {
    /// What this process was told. `None` if there is something that isn't known here, or that asks for another order
    /// than ours.
    pub fn of_process() -> Option<Self> {
        let shuffles = env::var_os("RUST_TEST_SHUFFLE").is_some_and(|value| value != "0");
        // With `panic = "abort"`, libtest starts itself again for each test, with the same arguments.
        let others = ["RUST_TEST_SHUFFLE_SEED", "__RUST_TEST_INVOKE"];
        if shuffles || others.iter().any(|name| env::var_os(name).is_some()) {
            return None;
        }
        let mut arguments = Vec::new();
        for argument in env::args_os().skip(1) {
            arguments.push(argument.into_string().ok()?);
        }
        let threads = match env::var("RUST_TEST_THREADS") {
            Ok(number) => number.parse().ok()?,
            Err(_) => available_parallelism().map_or(1, NonZero::get),
        };
        Self::from(arguments, threads)
    }

    fn from(arguments: Vec<String>, threads: usize) -> Option<Self> {
        let mut selection = Self {
            filters: Vec::new(),
            skipped: Vec::new(),
            exact: false,
            ignored: Ignored::No,
            threads,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument == "--" {
                selection.filters.extend(arguments);
                break;
            }
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let value_given = value.is_some();
            let mut value = || value.clone().or_else(|| arguments.next());
            match name {
                "--skip" => selection.skipped.push(value()?),
                "--test-threads" => selection.threads = value()?.parse().ok()?,
                "--color" | "--format" | "--logfile" => drop(value()?),
                _ if value_given => return None,
                "--exact" => selection.exact = true,
                "--ignored" => selection.ignored = Ignored::Only,
                "--include-ignored" => selection.ignored = Ignored::Too,
                "--quiet" | "-q" | "--show-output" | "--test" => {}
                filter if filter.starts_with('-') => return None,
                filter => selection.filters.push(filter.to_owned()),
            }
        }
        Some(selection)
    }

    /// Whether libtest is going to start the test of that name.
    pub fn takes(&self, name: &str, is_ignored: bool) -> bool {
        let fits = |filter: &String| {
            if self.exact {
                name == filter
            } else {
                name.contains(filter.as_str())
            }
        };
        let by_ignored = match self.ignored {
            Ignored::No => !is_ignored,
            Ignored::Only => is_ignored,
            Ignored::Too => true,
        };
        by_ignored && (self.filters.is_empty() || self.filters.iter().any(fits)) && !self.skipped.iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &str) -> Option<Selection> {
        Selection::from(arguments.split_whitespace().map(str::to_owned).collect(), 3)
    }

    #[test]
    fn filters_are_those_of_libtest() {
        let all = of("--quiet --color=always --format terse").unwrap();
        assert!(all.takes("a::b", false) && !all.takes("a::b", true));
        assert_eq!(all.threads, 3);
        let some = of("evicts cache:: --skip slow --test-threads 1 --include-ignored").unwrap();
        assert!(some.takes("evicts", true) && some.takes("cache::fills", false));
        assert!(!some.takes("cache::slow_fill", false) && !some.takes("other", false));
        assert_eq!(some.threads, 1);
        let exact = of("--exact a::b --skip=a --ignored").unwrap();
        assert!(exact.takes("a::b", true) && !exact.takes("a::b", false) && !exact.takes("a::bc", true));
        assert!(of("-- --ignored").unwrap().takes("has --ignored in it", false));
    }

    #[test]
    fn what_is_not_known_selects_nothing() {
        for arguments in [
            "--shuffle",
            "-Zunstable-options",
            "--list",
            "--bench",
            "--exact=yes",
            "--test-threads many",
            "--skip",
        ] {
            assert_eq!(of(arguments), None, "{arguments}");
        }
    }
}
