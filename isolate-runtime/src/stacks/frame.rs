//! One function call on a stack, and whose code it is.

use std::fmt;

/// A function call on a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Demangled, without hash; `library.so+0x1234` when unknown.
    pub function: String,
    /// As the compiler was given it, relative to the workspace, when there is debug information.
    pub file: Option<String>,
    /// The line in `file`.
    pub line: Option<u32>,
    /// Whose code it is.
    pub origin: Origin,
}

/// Whose code a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Written by the author of the tests or of what they test.
    User,
    /// A crate from a registry or a git checkout.
    Dependency,
    /// Rust's standard library.
    Std,
    /// This library.
    Own,
    /// C and C++ libraries, and whatever has no name.
    System,
}

impl Frame {
    pub(super) fn new(mut function: Function, file: Option<String>, directory: &str, line: Option<u32>) -> Self {
        let origin = origin(&mut function, file.as_deref());
        let name = function.name;
        Self {
            function: name,
            file: file.map(|file| shorten(&file, directory)),
            line: line.filter(|&l| l != 0),
            origin,
        }
    }

    /// The test, if this is where the attribute calls its body.
    pub(super) fn test_called(&self) -> Option<&str> {
        self.function.strip_suffix(CASE)
    }

    /// Takes back that the attribute moved the body of `test` to `test::test`.
    pub(super) fn name_after(&mut self, test: &str) {
        let name = test.rsplit("::").next().unwrap_or(test);
        let inner = self
            .function
            .strip_prefix(test)
            .and_then(|rest| rest.strip_prefix("::")?.strip_prefix(name));
        if let Some(rest) = inner.filter(|rest| rest.is_empty() || rest.starts_with("::")) {
            self.function = format!("{test}{rest}");
        }
    }

    /// `src/watch.rs:41`, or the function alone when there is no debug information.
    pub fn place(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.clone(),
            (None, _) => self.function.clone(),
        }
    }
}

/// `src/watch.rs:41 (my_crate::watch::Watcher::start)`
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            Some(_) => write!(f, "{} ({})", self.place(), self.function),
            None => f.write_str(&self.function),
        }
    }
}

/// A function's name, demangled.
pub(super) struct Function {
    pub name: String,
    pub language: Language,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Other,
}

impl Function {
    /// Demangles a symbol.
    pub fn demangle(symbol: &str) -> Self {
        match super::demangle::demangle(symbol) {
            Some(name) => Self::rust(&name),
            None => Self {
                name: super::cpp::demangle(symbol).unwrap_or_else(|| plain_closures(symbol)),
                language: Language::Other,
            },
        }
    }

    /// From a name as std tells it: demangled, unless it is C++'s.
    pub fn told(name: &str) -> Self {
        if is_bare(name) {
            Self::demangle(name)
        } else {
            Self::rust(name)
        }
    }

    fn rust(name: &str) -> Self {
        Self {
            name: tidy(name),
            language: Language::Rust,
        }
    }
}

/// Whether a name isn't that of a function in Rust, or, with line tables alone, lacks the module: `sleep<mine::Of>`.
pub(super) fn is_bare(name: &str) -> bool {
    !name.starts_with('<') && !name.split('<').next().unwrap_or(name).contains("::")
}

/// Names as the author of a test would write them.
fn tidy(name: &str) -> String {
    let name = without_generics(&plain_closures(name));
    // `<watch::Watcher>::start` of the newer mangling.
    let name = match name.strip_prefix('<').and_then(|rest| rest.split_once(">::")) {
        Some((of, method)) if !of.contains([' ', '<', '&', '[', '(']) => format!("{of}::{method}"),
        _ => name,
    };
    match name.split_once(CASE) {
        // Also the trait function that an optimiser made of it: `<test::CASE::{{closure}} as FnOnce>::call_once`.
        Some((test, _)) => format!("{}{CASE}", test.trim_start_matches('<')),
        None => name,
    }
}

/// What the attribute calls a test's body through.
const CASE: &str = "::__ISOLATE_CASE::{{closure}}";

/// What the attribute `fixture` implements, by a function that is at the user's place.
const BUILD: &str = " as isolate_runtime::fixture::function::FixtureFunction>::build";

/// `{closure#0}` of the newer mangling as `{{closure}}` of the older, which is what panics and backtraces print.
fn plain_closures(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("{closure#") {
        plain.push_str(&rest[..at]);
        plain.push_str("{{closure}}");
        rest = rest[at..].split_once('}').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// Without `::<…>`, which can be longer than all the rest.
fn without_generics(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("::<") {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        let mut depth = 0;
        let mut previous = ' ';
        let end = rest.char_indices().find(|&(_, char)| {
            match char {
                '<' => depth += 1,
                // Not the arrow of a function's type.
                '>' if previous != '-' => depth -= 1,
                _ => {}
            }
            previous = char;
            depth == 0
        });
        rest = end.map_or("", |(end, _)| &rest[end + 1..]);
    }
    plain + rest
}

fn origin(function: &mut Function, file: Option<&str>) -> Origin {
    let krate = crate_of(&function.name);
    if let Some(body) = function.name.strip_suffix(CASE) {
        if file.is_some() {
            return Origin::Own;
        }
        // Without debug information, the test itself must be part of it.
        function.name = body.to_owned();
        return Origin::User;
    }
    if function.language == Language::Rust
        && (matches!(krate, "isolate_runtime" | "isolate") || function.name.ends_with(BUILD))
    {
        return Origin::Own;
    }
    match file {
        Some(file) if own_module(file).is_some() => Origin::Own,
        Some(file) if file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/rust/") => Origin::Std,
        // What std itself is built with.
        Some(file) if file.starts_with("library/") || file.starts_with("/rust/deps/") => Origin::Std,
        Some(file) if file.contains("/registry/src/") || file.contains("/git/checkouts/") => Origin::Dependency,
        Some(file) if file.starts_with("/usr/") || file.starts_with("./") || file.starts_with("../sysdeps") => {
            Origin::System
        }
        None if function.language == Language::Other => Origin::System,
        None if matches!(krate, "std" | "core" | "alloc" | "test" | "panic_unwind") => Origin::Std,
        Some(_) | None => Origin::User,
    }
}

/// The path of one of this crate's own source files, within the crate.
pub(super) fn own_module(file: &str) -> Option<&str> {
    let (_, path) = file.split_once("isolate-runtime")?;
    // In a registry, the version follows.
    let (version, path) = path.split_once("/src/")?;
    (version.is_empty() || version.starts_with('-')).then_some(path)
}

/// The first segment of a path such as `<alloc::boxed::Box<F> as core::ops::FnOnce>::call_once`.
fn crate_of(function: &str) -> &str {
    let path = function.trim_start_matches(['<', '&', '(', '[', '*']);
    let path = ["dyn ", "mut ", "const "]
        .iter()
        .fold(path, |path, prefix| path.strip_prefix(prefix).unwrap_or(path));
    path.split("::").next().unwrap_or(path)
}

/// Leaves out what is the same for all files of a build or differs between machines.
fn shorten(file: &str, directory: &str) -> String {
    if let Some((_, path)) = file.split_once("/registry/src/") {
        // The registry's own name comes first.
        return path.split_once('/').map_or(path, |(_, path)| path).to_owned();
    }
    if let Some(path) = file.strip_prefix("/rust/deps/") {
        return path.to_owned();
    }
    if let Some(at) = file
        .find("/library/")
        .filter(|_| file.starts_with("/rustc/") || file.contains("/rustlib/"))
    {
        return file[at + 1..].to_owned();
    }
    let relative = file.strip_prefix(directory).and_then(|path| path.strip_prefix('/'));
    relative.filter(|_| !directory.is_empty()).unwrap_or(file).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_an_author_writes_them() {
        for (raw, tidied) in [
            ("watch::poll", "watch::poll"),
            ("<watch::Watcher>::start", "watch::Watcher::start"),
            (
                "<watch::Watcher as core::ops::Drop>::drop",
                "<watch::Watcher as core::ops::Drop>::drop",
            ),
            (
                "watch::run::<fn(u8) -> u8, watch::Of<u8>>::{closure#3}",
                "watch::run::{{closure}}",
            ),
            (
                "tests::lists::__ISOLATE_CASE::{closure#0}",
                "tests::lists::__ISOLATE_CASE::{{closure}}",
            ),
            (
                "<tests::lists::__ISOLATE_CASE::{closure#0} as core::ops::FnOnce<()>>::call_once",
                "tests::lists::__ISOLATE_CASE::{{closure}}",
            ),
        ] {
            assert_eq!(tidy(raw), tidied);
        }
    }

    #[test]
    fn the_body_of_a_test_goes_by_the_name_of_the_test() {
        let mut frame = Frame {
            function: "tests::lists::lists::{{closure}}".to_owned(),
            file: None,
            line: None,
            origin: Origin::User,
        };
        frame.name_after("tests::list");
        assert_eq!(frame.function, "tests::lists::lists::{{closure}}");
        frame.name_after("tests::lists");
        assert_eq!(frame.function, "tests::lists::{{closure}}");
    }

    #[test]
    fn files_tell_whose_code_it_is() {
        for (file, origin, shown) in [
            ("/home/me/app/src/watch.rs", Origin::User, "src/watch.rs"),
            (
                "/home/me/.cargo/registry/src/index/tokio-1.0.0/src/lib.rs",
                Origin::Dependency,
                "tokio-1.0.0/src/lib.rs",
            ),
            (
                "/rustc/0123/library/std/src/thread/mod.rs",
                Origin::Std,
                "library/std/src/thread/mod.rs",
            ),
            (
                "/rust/deps/gimli-0.32.3/src/read/line.rs",
                Origin::Std,
                "gimli-0.32.3/src/read/line.rs",
            ),
            (
                "/x/isolate-runtime-0.1.0/src/worker/run.rs",
                Origin::Own,
                "/x/isolate-runtime-0.1.0/src/worker/run.rs",
            ),
        ] {
            let function = Function {
                name: "watch::poll".to_owned(),
                language: Language::Rust,
            };
            let frame = Frame::new(function, Some(file.to_owned()), "/home/me/app", Some(1));
            assert_eq!((frame.origin, frame.file.as_deref()), (origin, Some(shown)));
        }
    }
}
