//! The arguments of `#[fixture(…)]`, and the function below it.

use tokens::{Ident, TokenStream};

use super::arguments::{self, Fixture};
use super::list::{self, Argument};
use super::value;
use crate::nearest::{is_near, suggestion};
use crate::quote::quote;
use crate::syntax::{Attribute, Error, FnArg, Function, Item, LitStr, Path, Result, Value, values};

const NAMES: &[&str] = &["scope", "autouse", "db", "port", "crate"];

/// What the attribute says.
#[derive(Default)]
pub struct Arguments {
    /// How long the value lives.
    pub scope: Scope,
    /// Every test of the module gets it.
    pub autouse: Option<Ident>,
    /// Built-in fixtures that parameters can't say everything about: ports by their names, a database with a schema.
    pub fixtures: Vec<Fixture>,
    /// Where the crate `isolate` is.
    pub krate: Option<Path>,
}

/// How long the value of a fixture lives; from the shortest to the longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// As long as one test.
    #[default]
    Test,
    /// As long as the tests of its group run.
    Group,
    /// As long as the worker.
    Worker,
    /// As long as the run.
    Session,
}

impl Scope {
    const NAMES: &[&str] = &["test", "group", "worker", "session"];

    /// As it is written.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Parses the arguments; mistakes are reported together.
pub fn arguments(tokens: TokenStream) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    list::each(tokens, None, &mut |argument| apply(&mut arguments, argument))?;
    Ok(arguments)
}

fn apply(arguments: &mut Arguments, Argument { name, value }: Argument) -> Result<()> {
    match name.to_string().as_str() {
        "scope" => arguments.scope = scope(&value::text(&name, value, "worker")?)?,
        "autouse" => {
            value::nothing(&name, &value)?;
            arguments.autouse = Some(name);
        }
        "db" | "port" => arguments.fixtures.extend(arguments::built_in(name, value)?),
        "crate" => arguments.krate = Some(value::krate(&name, value)?),
        other if matches!(value, Value::None) && !NAMES.iter().any(|name| is_near(other, name)) => {
            let message = format!("a fixture asks for `{other}` by a parameter of that name");
            return Err(Error::new(name.span(), message));
        }
        other => {
            let message = format!("unknown argument `{other}`; {}", suggestion(other, NAMES));
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(())
}

fn scope(text: &LitStr) -> Result<Scope> {
    match text.value() {
        "test" => Ok(Scope::Test),
        "group" => Ok(Scope::Group),
        "worker" => Ok(Scope::Worker),
        "session" => Ok(Scope::Session),
        other => {
            let message = format!("unknown scope \"{other}\"; {}", suggestion(other, Scope::NAMES));
            Err(Error::new(text.span(), message))
        }
    }
}

/// Parses the function below the attribute.
pub fn function(item: TokenStream) -> Result<Function> {
    let item = Item::parse(item);
    match item.function() {
        Some(_) => Function::new(item),
        None => Err(item.error("`#[fixture]` stands on a function")),
    }
}

/// Takes `#[default(…)]` off a parameter, if it has one.
pub fn default(input: &mut FnArg) -> Result<Option<TokenStream>> {
    let FnArg::Typed(typed) = input else { return Ok(None) };
    let Some(at) = typed
        .attributes
        .iter()
        .position(|attribute| attribute.path().is_ident("default"))
    else {
        return Ok(None);
    };
    let attribute = typed.attributes.remove(at);
    let form = "write `#[default(value)]`, with an expression";
    let values = values::split(attribute.list().unwrap_or_default())?;
    match <[TokenStream; 1]>::try_from(values) {
        Ok([value]) => Ok(Some(value)),
        Err(_) => Err(Error::new_spanned(&attribute, form)),
    }
}

/// What `#[fixture(…)]` on a function in a module says, if it is there and says `autouse`; `autouse` is taken off it.
pub fn take_autouse(attributes: &mut [Attribute]) -> bool {
    for attribute in attributes {
        let Some(list) = attribute.list().filter(|_| attribute.path().ends_with("fixture")) else {
            continue;
        };
        let parts = list::split(list, None);
        let is_autouse = |part: &TokenStream| part.to_string() == "autouse";
        if parts.iter().any(is_autouse) {
            let rest = parts.iter().filter(|part| !is_autouse(part));
            attribute.set_list(rest.map(|part| quote!(#part,)).collect());
            return true;
        }
    }
    false
}
