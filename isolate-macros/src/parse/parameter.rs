//! What stands on a parameter of a test: where its values come from, if they don't come from a fixture.

use tokens::{Ident, TokenStream};

use crate::errors::Errors;
use crate::nearest::suggestion;
use crate::quote::ToTokens;
use crate::syntax::{Attribute, Error, LitStr, PatType, Path, Result, Value, values};

/// Where the values of a parameter come from.
pub enum Given {
    /// Each `#[case(…)]` of the test has one.
    Case,
    /// `#[values(…)]`
    Values(Vec<TokenStream>),
    /// `#[files("…")]`
    Files(Files),
}

/// What stands on a parameter.
#[derive(Default)]
pub struct Source {
    /// Its values, if it is no fixture.
    pub given: Option<Given>,
    /// `#[from(fixture)]`, for a parameter that has another name.
    pub from: Option<Ident>,
    /// `#[with(…)]`: the first parameters of the fixture.
    pub with: Vec<TokenStream>,
}

/// `#[files("…")]` and what goes with it.
#[derive(Default)]
pub struct Files {
    /// Patterns of paths, relative to the directory of the crate.
    pub patterns: Vec<LitStr>,
    /// What the test gets of each file.
    pub mode: Mode,
    /// Names that begin with a dot count as well.
    pub with_hidden: bool,
    /// Directories count as well.
    pub with_directories: bool,
}

/// What a test gets of a file.
#[derive(Clone, Copy, Default)]
pub enum Mode {
    /// Its path.
    #[default]
    Path,
    /// Its content, `&'static str`.
    Str,
    /// Its content, `&'static [u8]`.
    Bytes,
}

/// The attributes of parameters.
const NAMES: &[&str] = &[
    "case",
    "values",
    "files",
    "mode",
    "dirs",
    "include_dot_files",
    "from",
    "with",
];

/// Those of `rstest` that have another form here.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "base_dir",
        "write the directory in front of the pattern in `#[files(…)]`",
    ),
    ("by_ref", "take the parameter by value"),
    ("context", "ask for the fixture `test: &Test`, which knows the name"),
    (
        "exclude",
        "name the files that are meant: `#[files(…)]` may stand there more than once",
    ),
    ("ignore", "every parameter of a test is a fixture or has values"),
    ("ignore_missing_env_vars", "patterns in `#[files(…)]` know no variables"),
    ("notrace", "leave it out: arguments aren't printed"),
];

/// Whether an attribute says where a parameter's value comes from.
pub fn is_source(attribute: &Attribute) -> bool {
    let names = ["case", "values", "files", "from", "with", "future"];
    names.iter().any(|name| attribute.path().is_ident(name))
}

/// Takes the attributes that say where values come from off a parameter. Those of lints stay. `is_awt` tells that all
/// futures are awaited.
pub fn take(typed: &mut PatType, is_awt: bool) -> Result<Source> {
    let mut errors = Errors::default();
    let mut source = Source::default();
    let mut options = Vec::new();
    let attributes = std::mem::take(&mut typed.attributes);
    for attribute in attributes {
        let name = attribute
            .path()
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match name.as_str() {
            "case" | "values" | "files" => {
                errors.keep(given(&attribute, &name, &mut source.given));
            }
            "mode" | "dirs" | "include_dot_files" => options.push(attribute),
            "from" => source.from = errors.keep(from(&attribute)),
            "with" => source.with = errors.keep(with(&attribute)).unwrap_or_default(),
            "future" => {
                errors.keep(future(&attribute, is_awt));
            }
            "allow" | "expect" | "warn" | "deny" | "forbid" => typed.attributes.push(attribute),
            other => {
                let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == other);
                let advice = elsewhere.map_or_else(|| suggestion(other, NAMES), |(_, advice)| (*advice).into());
                let other = attribute.path().to_token_stream();
                let message = format!("unknown attribute `{other}` of a parameter; {advice}");
                errors.at(attribute.path(), message);
            }
        }
    }
    for option in options {
        match &mut source.given {
            Some(Given::Files(files)) => {
                errors.keep(apply(&option, files));
            }
            _ => errors.at(option.path(), "this goes with `#[files(\"…\")]`, which isn't here"),
        }
    }
    if source.given.is_some() && (source.from.is_some() || !source.with.is_empty()) {
        errors.at(
            &typed.pattern,
            "this parameter has values of its own: it can't be a fixture as well",
        );
    }
    errors.finish().map(|()| source)
}

fn from(attribute: &Attribute) -> Result<Ident> {
    let form = "write `#[from(fixture)]`, with the name of a fixture";
    let Some(list) = attribute.list() else {
        return Err(Error::new_spanned(attribute.path(), form));
    };
    let path = Path::parse(list.clone());
    let name = path.as_ref().and_then(Path::get_ident);
    name.cloned().ok_or_else(|| Error::new_spanned(list, form))
}

fn with(attribute: &Attribute) -> Result<Vec<TokenStream>> {
    match attribute.list() {
        Some(list) if !list.is_empty() => values::split(list),
        _ => Err(Error::new_spanned(
            attribute.path(),
            "write `#[with(1, 2)]`: values for the first parameters of the fixture",
        )),
    }
}

/// An async fixture is there when the test starts: what says so is welcome, what says otherwise isn't.
fn future(attribute: &Attribute, is_awt: bool) -> Result<()> {
    match &attribute.meta.value {
        Value::None if is_awt => Ok(()),
        Value::List(list) if list.stream().to_string() == "awt" => Ok(()),
        _ => Err(Error::new_spanned(
            attribute.path(),
            "a fixture has been awaited when the test starts: leave this out, and the `.await` on it",
        )),
    }
}

fn given(attribute: &Attribute, name: &str, given: &mut Option<Given>) -> Result<()> {
    match (name, given) {
        ("files", Some(Given::Files(files))) => files.patterns.push(pattern(attribute)?),
        (_, Some(_)) => {
            let message = "the values of this parameter are given twice";
            return Err(Error::new_spanned(attribute.path(), message));
        }
        ("case", given) => {
            let Value::None = attribute.meta.value else {
                let message = "on a parameter, write `#[case]`: the values stand in `#[case(…)]` above the function";
                return Err(Error::new_spanned(attribute.path(), message));
            };
            *given = Some(Given::Case);
        }
        ("values", given) => *given = Some(Given::Values(values(attribute)?)),
        (_, given) => {
            *given = Some(Given::Files(Files {
                patterns: vec![pattern(attribute)?],
                ..Files::default()
            }));
        }
    }
    Ok(())
}

fn values(attribute: &Attribute) -> Result<Vec<TokenStream>> {
    let form = "write `#[values(1, 2, 3)]`, with one value at least";
    match attribute.list() {
        Some(list) if !list.is_empty() => values::split(list),
        _ => Err(Error::new_spanned(attribute.path(), form)),
    }
}

fn pattern(attribute: &Attribute) -> Result<LitStr> {
    let form = "write `#[files(\"tests/data/*.json\")]`: the path is relative to the crate's Cargo.toml";
    let list = attribute.list().unwrap_or_default();
    match LitStr::parse(list.clone()) {
        Some(pattern) if !pattern.value().trim().is_empty() => Ok(pattern),
        _ if list.is_empty() => Err(Error::new_spanned(attribute.path(), form)),
        _ => Err(Error::new_spanned(list, form)),
    }
}

fn apply(option: &Attribute, files: &mut Files) -> Result<()> {
    let name = option.path().to_token_stream().to_string();
    match (name.as_str(), &option.meta.value) {
        ("dirs", Value::None) => files.with_directories = true,
        ("include_dot_files", Value::None) => files.with_hidden = true,
        ("mode", Value::Assigned(value)) => {
            files.mode = match mode(value).as_str() {
                "path" => Mode::Path,
                "str" => Mode::Str,
                "bytes" => Mode::Bytes,
                other => {
                    let message = format!(
                        "unknown mode `{other}`; {}",
                        suggestion(other, &["path", "str", "bytes"])
                    );
                    return Err(Error::new_spanned(value, message));
                }
            };
        }
        ("mode", _) => {
            let form = "write `#[mode = path]`, `#[mode = str]` or `#[mode = bytes]`";
            return Err(Error::new_spanned(option.path(), form));
        }
        _ => return Err(Error::new_spanned(option.path(), format!("write `#[{name}]` alone"))),
    }
    Ok(())
}

/// A word, with or without quotes.
fn mode(value: &TokenStream) -> String {
    LitStr::parse(value.clone()).map_or_else(|| value.to_string(), |text| text.value().to_owned())
}
