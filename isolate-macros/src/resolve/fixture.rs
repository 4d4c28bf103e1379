//! One `#[fixture]` function, ready to be written down.

use tokens::{Ident, Span, TokenStream, TokenTree};

use super::signature::{self, Parameter};
use super::test::{BOTH, is_test};
use crate::errors::Errors;
use crate::parse::arguments::{Fixture, Kind};
use crate::parse::fixture::{self, Arguments, Scope};
use crate::parse::parameter;
use crate::syntax::{Attribute, Error, FnArg, Function, IdentExt, Output, PatType, Result, ty};

/// A function that makes a fixture.
pub struct Maker {
    /// What its attribute says; with the fixtures that its parameters ask for.
    pub arguments: Arguments,
    /// As it was written, without our attributes on the parameters.
    pub function: Function,
    /// In order.
    pub inputs: Vec<Input>,
    /// What it makes.
    pub value: Value,
}

/// A parameter of the function.
pub enum Input {
    /// Another fixture.
    Fixture(Parameter),
    /// A value that a test may set.
    Default(PatType, Ident, TokenStream),
}

/// What the function returns, without its `Result`.
pub struct Value {
    /// The type; `None` is `()`.
    pub ty: Option<TokenStream>,
    /// Whether it comes in a `Result`.
    pub is_result: bool,
}

/// Resolves the fixture that the attribute stands on.
pub fn resolve(attribute: TokenStream, item: TokenStream) -> Result<Maker> {
    let mut errors = Errors::default();
    let arguments = errors.keep(fixture::arguments(attribute));
    let Some(mut function) = errors.keep(fixture::function(item)) else {
        errors.finish()?;
        return Err(Error::new(Span::call_site(), "expected a function"));
    };
    let is_understood = arguments.is_some();
    let mut arguments = arguments.unwrap_or_default();
    let listed = arguments.fixtures.len();
    let inputs = inputs(&mut function, &mut arguments.fixtures, &mut errors);
    if is_understood {
        check_listed(&arguments.fixtures[..listed], &inputs, &mut errors);
        check_built_in(&arguments, &inputs, &mut errors);
    }
    if let Some(autouse) = &arguments.autouse {
        errors.at(
            autouse,
            "an `autouse` fixture stands in a module with `#[isolated]`, whose tests get it",
        );
    }
    for attribute in &function.attributes {
        if attribute.path().is_ident("once") {
            let message = "write `#[fixture(scope = \"worker\")]`, or \"session\" for once in all processes of a run";
            errors.at(attribute.path(), message);
        }
        if attribute.path().ends_with("fixture") {
            errors.at(attribute.path(), "`#[fixture]` is given twice");
        }
        if is_test(std::slice::from_ref(attribute)) {
            errors.at(attribute.path(), BOTH);
        }
    }
    signature::check_features(&arguments.fixtures, &mut errors);
    signature::check("fixture", &function.signature, &mut errors);
    signature::check_generics("fixture", &function.signature, &mut errors);
    check_name(&function.signature.ident, &mut errors);
    let value = value(function.signature.output.as_ref(), &mut errors);
    errors.finish()?;
    Ok(Maker {
        arguments,
        function,
        inputs,
        value,
    })
}

fn inputs(function: &mut Function, fixtures: &mut Vec<Fixture>, errors: &mut Errors) -> Vec<Input> {
    let mut inputs = Vec::new();
    for input in &mut function.signature.inputs {
        let default = match fixture::default(input) {
            Ok(default) => default,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let (Some(value), FnArg::Typed(typed)) = (default, &*input) else {
            inputs.extend(asked(input, fixtures, errors).map(Input::Fixture));
            continue;
        };
        match &typed.name {
            Some(name) => inputs.push(Input::Default(typed.clone(), name.clone(), value)),
            None => errors.at(
                &typed.pattern,
                "a parameter with a default needs a name: it can't be a pattern",
            ),
        }
    }
    let mut seen: Vec<&Ident> = Vec::new();
    for input in &inputs {
        if let Input::Fixture(parameter) = input {
            if seen.iter().any(|known| known.is_same(&parameter.fixture)) {
                let message = format!("`{}` is already a parameter of this fixture", parameter.fixture);
                errors.at(&parameter.tokens.pattern, message);
            }
            seen.push(&parameter.fixture);
        }
    }
    inputs
}

/// A parameter that is another fixture, under a name of its own with `#[from]`, or with values with `#[with]`.
fn asked(input: &mut FnArg, fixtures: &mut Vec<Fixture>, errors: &mut Errors) -> Option<Parameter> {
    let mut with = Vec::new();
    let mut asked = input.clone();
    if let (FnArg::Typed(typed), FnArg::Typed(asked)) = (&mut *input, &mut asked)
        && typed.attributes.iter().any(parameter::is_source)
    {
        let source = errors.keep(parameter::take(typed, false))?;
        if source.given.is_some() {
            errors.at(&typed.pattern, "a fixture has no cases: its tests have them");
            return None;
        }
        asked.attributes.clone_from(&typed.attributes);
        asked.name = source.from.or_else(|| asked.name.take());
        with = source.with;
    }
    let parameter = signature::parameters("fixture", [asked], fixtures, errors).pop()?;
    if let Some(first) = with.first() {
        let fixture = fixtures
            .iter_mut()
            .find(|fixture| fixture.name.unraw().is_same(&parameter.fixture.unraw()));
        match fixture.map(|fixture| &mut fixture.kind) {
            Some(Kind::Custom(custom)) if custom.is_owned => custom.with = with,
            Some(Kind::Custom(_)) => errors.at(
                first,
                "all who borrow a fixture in a test share one, whose values are the test's: take it by value here",
            ),
            _ => errors.at(first, signature::takes_no_values(&parameter.fixture)),
        }
    }
    Some(parameter)
}

fn check_listed(listed: &[Fixture], inputs: &[Input], errors: &mut Errors) {
    for fixture in listed {
        let is_parameter = inputs
            .iter()
            .any(|input| matches!(input, Input::Fixture(parameter) if parameter.fixture.is_same(&fixture.name)));
        if !is_parameter {
            errors.at(&fixture.name, format!("no parameter is named `{}`", fixture.name));
        }
    }
}

/// Built-in fixtures belong to one test.
fn check_built_in(arguments: &Arguments, inputs: &[Input], errors: &mut Errors) {
    if arguments.scope == Scope::Test {
        return;
    }
    for input in inputs {
        let Input::Fixture(parameter) = input else { continue };
        let found = arguments
            .fixtures
            .iter()
            .find(|fixture| fixture.name.is_same(&parameter.fixture));
        if let Some(fixture) = found.filter(|fixture| !matches!(fixture.kind, Kind::Custom(_))) {
            let (name, scope) = (&fixture.name, arguments.scope.name());
            let message = format!("`{name}` belongs to one test: a fixture of scope \"{scope}\" outlives it");
            errors.at(&parameter.tokens.pattern, message);
        }
    }
}

fn check_name(name: &Ident, errors: &mut Errors) {
    let text = name.unraw().to_string();
    if Kind::named(&text).is_some() {
        errors.at(name, format!("`{text}` is a fixture of `isolate` itself"));
    } else if text.starts_with('_') {
        errors.at(
            name,
            "the name of a fixture starts without `_`; a parameter that asks for it may have one",
        );
    }
}

/// The function's return type; `Result<T, …>` stands for `T`.
fn value(output: Option<&Output>, errors: &mut Errors) -> Value {
    let Some(Output { ty, .. }) = output else {
        return Value {
            ty: None,
            is_result: false,
        };
    };
    if let Some(span) = unnamed(ty.clone()) {
        let message = "the type of a fixture needs a name: write `Box<dyn …>` for `impl …`";
        errors.push(Error::new(span, message));
    }
    if let Some(span) = borrowed(ty.clone()) {
        let message = "the value of a fixture outlives the call: it can't borrow from the parameters";
        errors.push(Error::new(span, message));
    }
    let result = ty::of_result(ty);
    Value {
        is_result: result.is_some(),
        ty: result.map_or_else(|| Some(ty.clone()), |arguments| arguments.into_iter().next()),
    }
}

/// The first `impl`.
fn unnamed(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident.is("impl") => Some(ident.span()),
        TokenTree::Group(group) => unnamed(group.stream()),
        _ => None,
    })
}

/// The first reference without a lifetime, or `'_`; not among the parameters of functions, where it means something else.
fn borrowed(tokens: TokenStream) -> Option<Span> {
    let mut tokens = tokens.into_iter().peekable();
    let mut is_function = false;
    while let Some(token) = tokens.next() {
        let behind_function = is_function;
        is_function = matches!(&token, TokenTree::Ident(name) if ["fn", "Fn", "FnMut", "FnOnce"].iter().any(|function| name.is(function)));
        let next = tokens.peek();
        let found = match token {
            TokenTree::Punct(mark) if mark.as_char() == '&' => {
                let is_named = matches!(next, Some(TokenTree::Punct(quote)) if quote.as_char() == '\'');
                (!is_named).then(|| mark.span())
            }
            TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                let is_left_out = next.is_some_and(|name| name.to_string() == "_");
                is_left_out.then(|| quote.span())
            }
            TokenTree::Group(group) if !behind_function => borrowed(group.stream()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The conditions under which an item is there.
pub fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}
