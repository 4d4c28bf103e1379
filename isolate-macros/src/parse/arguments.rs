//! The arguments of `#[isolated(…)]`.

use tokens::{Ident, TokenStream, TokenTree};

use super::custom::{self, Custom};
use super::database::{self, Database};
use super::duration::milliseconds;
use super::limits::{self, Limits};
use super::list::{self, Argument};
use super::need::{Need, need};
use super::tags;
use super::value::{krate, nothing, text};
use crate::errors::Errors;
use crate::nearest::suggestion;
use crate::syntax::{Error, IdentExt, LitStr, Path, Result, Value};

const SETTINGS: &[&str] = &[
    "group",
    "tags",
    "timeout",
    "process",
    "main_thread",
    "leaks",
    "runtime",
    "network",
    "files",
    "limits",
    "crate",
];

/// The fixtures that take no arguments: name and type.
const PLAIN: &[(&str, &str)] = &[
    ("storage", "Storage"),
    ("capture", "Capture"),
    ("clock", "Clock"),
    ("env", "Env"),
    ("mocks", "Mocks"),
    ("test", "Test"),
    ("threads", "Threads"),
    ("tracker", "Tracker"),
];

/// Names that are meant for something to come, and what serves until then.
const PLANNED: &[(&str, &str)] = &[
    ("serial", "tests of one `group = \"…\"` run one after another"),
    ("retries", "`cargo nextest run` has them"),
    (
        "order",
        "nightly's `cargo test -- -Z unstable-options --shuffle` has one",
    ),
];

/// All words that an attribute knows.
pub fn words() -> impl Iterator<Item = &'static str> {
    Kind::names().chain(SETTINGS.iter().copied())
}

/// What an attribute says; what it doesn't say is `None`.
#[derive(Default)]
pub struct Arguments {
    /// In the order of the attribute.
    pub fixtures: Vec<Fixture>,
    /// The name of the group.
    pub group: Option<LitStr>,
    /// What it is called beside its name.
    pub tags: Vec<LitStr>,
    /// In milliseconds.
    pub timeout: Option<u64>,
    /// Whether the test has a process of its own.
    pub process: Option<bool>,
    /// Whether the test needs the main thread of its process.
    pub main_thread: bool,
    /// `leaks(threads = …)`
    pub threads: Option<Policy>,
    /// `leaks(tasks = …)`
    pub tasks: Option<Policy>,
    /// `runtime = …`: whether the tokio runtime has threads of its own.
    pub multi_thread: Option<bool>,
    /// Whether it has a network of its own.
    pub network: Option<Need>,
    /// Whether it has a view of the files of its own.
    pub files: Option<Need>,
    /// The most that it may use.
    pub limits: Limits,
    /// Where the crate `isolate` is.
    pub krate: Option<Path>,
}

/// A fixture, asked for by the attribute or by a parameter.
#[derive(Clone)]
pub struct Fixture {
    /// Its name where it was asked for; the local has this name.
    pub name: Ident,
    /// Which one.
    pub kind: Kind,
}

/// The fixtures there are.
#[derive(Clone)]
pub enum Kind {
    /// A database, with a schema loaded or empty.
    Db(Database),
    /// One that takes no arguments, with the name of its type.
    Plain(&'static str),
    /// A port, known by the fixture's name.
    Port,
    /// A `#[fixture]` function of that name.
    Custom(Custom),
}

impl Kind {
    /// The built-in fixture that a parameter of this name asks for.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "db" => Some(Self::Db(Database::default())),
            "port" => Some(Self::Port),
            _ => Self::plain(name),
        }
    }

    /// The names of all built-in fixtures.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ["db", "port"].into_iter().chain(PLAIN.iter().map(|(name, _)| *name))
    }

    fn plain(name: &str) -> Option<Self> {
        PLAIN
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, ty)| Self::Plain(ty))
    }
}

/// What to do about a leak.
#[derive(Clone, Copy, Debug)]
pub enum Policy {
    /// Fail the test.
    Fail,
    /// Say so.
    Warn,
    /// Don't look.
    Off,
}

/// Parses the arguments of one attribute; mistakes are reported together.
pub fn parse(tokens: TokenStream) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    let mut limits = None;
    list::each(tokens, None, &mut |argument| {
        if argument.name.is("limits") {
            limits = Some(argument.name.span());
        }
        apply(&mut arguments, argument)
    })?;
    if let Some(at) = limits {
        if arguments.process == Some(false) {
            let message = "limits are those of a process: leave out `process = false`";
            return Err(Error::new(at, message));
        }
        arguments.process = Some(true);
    }
    Ok(arguments)
}

fn apply(arguments: &mut Arguments, Argument { name, value }: Argument) -> Result<()> {
    match name.to_string().as_str() {
        "db" | "port" => arguments.fixtures.extend(built_in(name, value)?),
        "group" => {
            let group = text(&name, value, "ui")?;
            if group.value().trim().is_empty() {
                return Err(Error::new(group.span(), "a group needs a name"));
            }
            arguments.group = Some(group);
        }
        "tags" => arguments.tags = tags::tags(&name, value)?,
        "timeout" => {
            let text = text(&name, value, "5s")?;
            let timeout = milliseconds(text.value()).map_err(|message| Error::new(text.span(), message))?;
            arguments.timeout = Some(timeout);
        }
        "process" => arguments.process = Some(process(&name, value)?),
        "main_thread" => {
            nothing(&name, &value)?;
            arguments.main_thread = true;
        }
        "leaks" => (arguments.threads, arguments.tasks) = leaks(&name, value)?,
        "runtime" => arguments.multi_thread = Some(runtime(&name, value)?),
        "network" => arguments.network = Some(need(&name, value)?),
        "files" => arguments.files = Some(need(&name, value)?),
        "limits" => arguments.limits = limits::limits(&name, value)?,
        "crate" => arguments.krate = Some(krate(&name, value)?),
        other if let Some(kind) = Kind::plain(other) => {
            nothing(&name, &value)?;
            arguments.fixtures.push(Fixture { name, kind });
        }
        other if let Some((_, instead)) = PLANNED.iter().find(|(planned, _)| *planned == other) => {
            let message = format!("`{other}` is not available yet; {instead}");
            return Err(Error::new(name.span(), message));
        }
        other if matches!(value, Value::Assigned(_)) => {
            let message = format!("unknown argument `{other}`; {}", suggestion(other, SETTINGS));
            return Err(Error::new(name.span(), message));
        }
        _ => {
            let kind = Kind::Custom(custom::parse(&name, value)?);
            arguments.fixtures.push(Fixture { name, kind });
        }
    }
    Ok(())
}

/// `db` and `port`, which take arguments.
pub fn built_in(name: Ident, value: Value) -> Result<Vec<Fixture>> {
    if name.is("db") {
        let kind = Kind::Db(database::parse(&name, value)?);
        return Ok(vec![Fixture { name, kind }]);
    }
    let names = ports(name, value)?;
    Ok(names
        .into_iter()
        .map(|name| Fixture { name, kind: Kind::Port })
        .collect())
}

fn ports(name: Ident, value: Value) -> Result<Vec<Ident>> {
    const FORM: &str = "write `port` or `port(api, mock)`";
    let list = match value {
        Value::None => return Ok(vec![name]),
        Value::Assigned(tokens) => return Err(Error::new_spanned(tokens, FORM)),
        Value::List(list) => list,
    };
    let mut names = Vec::new();
    for part in list::split(list.stream(), None) {
        let mut tokens = part.into_iter();
        match (tokens.next(), tokens.next()) {
            (Some(TokenTree::Ident(name)), None) => names.push(name),
            (Some(TokenTree::Ident(_)), Some(other)) | (Some(other), _) => {
                let message = format!("a port is named by an identifier; {FORM}");
                return Err(Error::new(other.span(), message));
            }
            (None, _) => return Err(Error::new(name.span(), FORM)),
        }
    }
    if names.is_empty() {
        return Err(Error::new(name.span(), FORM));
    }
    let mut errors = Errors::default();
    let mut seen: Vec<String> = Vec::new();
    for port in &names {
        let text = port.unraw().to_string();
        if text.starts_with('_') {
            errors.at(
                port,
                "the name of a port starts without `_`; its parameter may have one",
            );
        } else if text != "port" && Kind::named(&text).is_some() {
            errors.at(port, format!("`{text}` is the name of another fixture"));
        } else if seen.contains(&text) {
            errors.at(port, format!("the port `{text}` is named twice"));
        }
        seen.push(text);
    }
    errors.finish().map(|()| names)
}

fn leaks(name: &Ident, value: Value) -> Result<(Option<Policy>, Option<Policy>)> {
    const FORM: &str = "write `leaks(threads = \"fail\")`, with \"fail\", \"warn\" or \"off\"";
    let list = match value {
        Value::None => return Err(Error::new(name.span(), FORM)),
        Value::Assigned(tokens) => return Err(Error::new_spanned(tokens, FORM)),
        Value::List(list) => list,
    };
    let (mut threads, mut tasks) = (None, None);
    list::each(list.stream(), None, &mut |Argument { name, value }| {
        let kind = match name.to_string().as_str() {
            "threads" => &mut threads,
            "tasks" => &mut tasks,
            other => {
                let near = suggestion(other, &["threads", "tasks"]);
                return Err(Error::new(
                    name.span(),
                    format!("unknown kind of leak `{other}`; {near}"),
                ));
            }
        };
        *kind = Some(policy(&text(&name, value, "fail")?)?);
        Ok(())
    })?;
    if threads.is_none() && tasks.is_none() {
        return Err(Error::new(name.span(), FORM));
    }
    Ok((threads, tasks))
}

fn process(name: &Ident, value: Value) -> Result<bool> {
    const FORM: &str = "write `process`, or `process = false` where a module or the run says otherwise";
    match value {
        Value::None => Ok(true),
        Value::Assigned(tokens) => match tokens.to_string().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Error::new_spanned(tokens, FORM)),
        },
        Value::List(_) => Err(Error::new(name.span(), FORM)),
    }
}

fn runtime(name: &Ident, value: Value) -> Result<bool> {
    const NAMES: &[&str] = &["current-thread", "multi-thread"];
    let text = text(name, value, "multi-thread")?;
    if !cfg!(any(feature = "tokio", test)) {
        return Err(Error::new(
            name.span(),
            "`runtime` needs the feature `tokio` of `isolate-test`",
        ));
    }
    match text.value() {
        "current-thread" => Ok(false),
        "multi-thread" => Ok(true),
        other => {
            let message = format!("unknown runtime \"{other}\"; {}", suggestion(other, NAMES));
            Err(Error::new(text.span(), message))
        }
    }
}

fn policy(text: &LitStr) -> Result<Policy> {
    match text.value() {
        "fail" => Ok(Policy::Fail),
        "warn" => Ok(Policy::Warn),
        "off" => Ok(Policy::Off),
        other => {
            let message = format!(
                "unknown policy \"{other}\"; {}",
                suggestion(other, &["fail", "warn", "off"])
            );
            Err(Error::new(text.span(), message))
        }
    }
}
