//! The arguments of `#[fixture(…)]`, and the function below it.

use proc_macro2::TokenStream;
use syn::parse::{Parse as _, ParseStream, Parser};
use syn::{Attribute, Error, Expr, FnArg, Ident, ItemFn, LitStr, Path, Result, Token, Visibility};

use super::arguments::{self, Fixture};
use super::item::{Function, is_function};
use super::list::{self, Argument, Value};
use crate::nearest::suggestion;

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
        "scope" => arguments.scope = scope(&arguments::text(&name, value, "worker")?)?,
        "autouse" => {
            arguments::nothing(&name, &value)?;
            arguments.autouse = Some(name);
        }
        "db" | "port" => arguments.fixtures.extend(arguments::built_in(name, value)?),
        "crate" => arguments.krate = Some(arguments::krate(&name, value)?),
        other if matches!(value, Value::None) && !is_near(other) => {
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

fn is_near(name: &str) -> bool {
    suggestion(name, NAMES).starts_with("did you mean")
}

fn scope(text: &LitStr) -> Result<Scope> {
    match text.value().as_str() {
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
    let parse = |input: ParseStream<'_>| {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if is_function(&ahead) {
            Function::parse(input)
        } else {
            Err(ahead.error("`#[fixture]` stands on a function"))
        }
    };
    parse.parse2(item)
}

/// Takes `#[default(…)]` off a parameter, if it has one.
pub fn default(input: &mut FnArg) -> Result<Option<Expr>> {
    let FnArg::Typed(typed) = input else { return Ok(None) };
    let Some(at) = typed
        .attrs
        .iter()
        .position(|attribute| attribute.path().is_ident("default"))
    else {
        return Ok(None);
    };
    let attribute = typed.attrs.remove(at);
    let form = "write `#[default(value)]`, with an expression";
    let list = attribute
        .meta
        .require_list()
        .map_err(|_| Error::new_spanned(&attribute, form))?;
    list.parse_args::<Expr>()
        .map(Some)
        .map_err(|error| Error::new(error.span(), form))
}

/// What `#[fixture(…)]` on a function in a module says, if it is there and says `autouse`; `autouse` is taken off it.
pub fn take_autouse(item: &mut ItemFn) -> bool {
    for attribute in &mut item.attrs {
        let is_fixture = attribute
            .path()
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "fixture");
        let syn::Meta::List(list) = &mut attribute.meta else {
            continue;
        };
        if !is_fixture {
            continue;
        }
        let parts = list::split(list.tokens.clone(), None);
        let is_autouse = |part: &TokenStream| part.to_string() == "autouse";
        if parts.iter().any(is_autouse) {
            let comma = <Token![,]>::default();
            let rest = parts.iter().filter(|part| !is_autouse(part));
            list.tokens = quote::quote!(#(#rest #comma)*);
            return true;
        }
    }
    false
}
