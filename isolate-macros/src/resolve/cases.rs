//! What a test runs with, if some of its parameters are no fixtures: every combination of their values, each a test of
//! its own.

pub mod above;
mod choice;

use tokens::{Ident, Span, TokenStream};

use self::choice::{cases, list, paths};
use super::signature::{self, Parameter};
use super::test::{Ignored, ShouldPanic};
use crate::errors::Errors;
use crate::parse::arguments::{Fixture, Kind};
use crate::parse::case::Case as Row;
use crate::parse::parameter::{self, Given, Source};
use crate::syntax::ty::narrowest;
use crate::syntax::{Attribute, FnArg, IdentExt, PatType, Signature, span};

/// What a test runs with.
pub struct Cases {
    /// In order.
    pub all: Vec<Case>,
}

/// One test among many of the same function.
#[derive(Clone, Default)]
pub struct Case {
    /// Its name: modules, and a function in the innermost of them.
    pub path: Vec<Ident>,
    /// Where it stands, if that isn't the function itself.
    pub at: Option<Span>,
    /// The values, in the order of the parameters that have one, with the places of those.
    pub values: Vec<(usize, TokenStream)>,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
    /// When it should panic.
    pub should_panic: Vec<ShouldPanic>,
    /// When it is ignored.
    pub ignored: Vec<Ignored>,
}

/// Reads the parameters, and combines the values of those that are no fixtures.
pub fn resolve(
    rows: Vec<Row>,
    is_awt: bool,
    signature: &Signature,
    fixtures: &mut Vec<Fixture>,
    errors: &mut Errors,
) -> (Vec<Parameter>, Option<Cases>) {
    let listed = fixtures.len();
    let (mut given, mut parameters, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for (place, input) in signature.inputs.iter().enumerate() {
        let mut input = input.clone();
        let source = match &mut input {
            FnArg::Typed(typed) => errors.keep(parameter::take(typed, is_awt)),
            FnArg::Receiver(_) => Some(Source::default()),
        };
        let Some(source) = source else { continue };
        match (source.given, input) {
            (Some(found), FnArg::Typed(typed)) => {
                if let Some(fixture) = fixtures[..listed]
                    .iter()
                    .find(|fixture| is_named(&typed, &fixture.name))
                {
                    let name = &fixture.name;
                    let message = format!("`{name}` is listed as a fixture: its values can't be given here");
                    errors.at(&typed.pattern, message);
                }
                insert(place, value(place, &typed), &mut parameters);
                given.push((place, found, typed));
            }
            (_, input) => asked.push((place, input, source.from, source.with)),
        }
    }
    for (place, parameter) in fixtures_of(asked, fixtures, errors) {
        insert(place, parameter, &mut parameters);
    }
    let cases = combine(rows, given, errors);
    (parameters.into_iter().map(|(_, parameter)| parameter).collect(), cases)
}

/// Puts something where its place says, among others.
fn insert<T>(place: usize, value: T, all: &mut Vec<(usize, T)>) {
    let mut at = all.len();
    while at > 0 && all[at - 1].0 > place {
        at -= 1;
    }
    all.insert(at, (place, value));
}

/// The parameters that are fixtures.
fn fixtures_of(
    asked: Vec<(usize, FnArg, Option<Ident>, Vec<TokenStream>)>,
    fixtures: &mut Vec<Fixture>,
    errors: &mut Errors,
) -> Vec<(usize, Parameter)> {
    let mut inputs = Vec::new();
    let mut rest = Vec::new();
    for (place, mut input, from, with) in asked {
        if let (FnArg::Typed(typed), Some(from)) = (&mut input, from) {
            typed.name = Some(from);
        }
        inputs.push(input);
        rest.push((place, with));
    }
    let parameters = signature::parameters("test", inputs, fixtures, errors);
    if parameters.len() < rest.len() {
        return Vec::new(); // as `errors` says
    }
    for (parameter, (_, with)) in parameters.iter().zip(&mut rest) {
        let Some(first) = with.first() else { continue };
        let fixture = fixtures
            .iter_mut()
            .find(|fixture| fixture.name.unraw().is_same(&parameter.fixture.unraw()));
        match fixture.map(|fixture| &mut fixture.kind) {
            Some(Kind::Custom(custom)) => custom.with = std::mem::take(with),
            _ => errors.at(first, signature::takes_no_values(&parameter.fixture)),
        }
    }
    rest.into_iter().map(|(place, _)| place).zip(parameters).collect()
}

fn is_named(typed: &PatType, name: &Ident) -> bool {
    typed
        .name
        .as_ref()
        .is_some_and(|known| known.unraw().is_same(&name.unraw()))
}

/// A parameter that has its value from a case.
fn value(place: usize, typed: &PatType) -> Parameter {
    let at = narrowest(&typed.ty);
    let local = Ident::new(
        &format!("__value{place}"),
        Span::mixed_site().located_at(span(&typed.pattern)),
    );
    Parameter {
        tokens: typed.clone(),
        fixture: local.clone(),
        at,
        given: Some(local),
    }
}

/// One choice after another: first the cases, then the lists of values, then files.
fn combine(rows: Vec<Row>, given: Vec<(usize, Given, PatType)>, errors: &mut Errors) -> Option<Cases> {
    if rows.is_empty() && given.is_empty() {
        return None;
    }
    let (mut columns, mut lists, mut files) = (Vec::new(), Vec::new(), Vec::new());
    for (place, found, typed) in given {
        match found {
            Given::Case => columns.push((place, typed)),
            Given::Values(values) => {
                let named = values.into_iter().map(|value| (value.to_string(), value)).collect();
                lists.extend(errors.keep(list(place, &typed, named)));
            }
            Given::Files(found) => {
                let paths = errors.keep(paths(&found));
                let named = paths.map(|named| list(place, &typed, named));
                files.extend(named.and_then(|list| errors.keep(list)));
            }
        }
    }
    let cases = cases(rows, &columns, errors);
    let mut all = vec![Case::default()];
    for choice in cases.into_iter().chain(lists).chain(files) {
        let mut combined = Vec::with_capacity(all.len() * choice.len());
        for case in &all {
            combined.extend(choice.iter().map(|more| case.with(more)));
        }
        all = combined;
    }
    Some(Cases { all })
}

impl Case {
    fn with(&self, more: &Self) -> Self {
        let mut case = self.clone();
        case.path.extend(more.path.iter().cloned());
        case.at = case.at.or(more.at);
        for (place, value) in &more.values {
            insert(*place, value.clone(), &mut case.values);
        }
        case.attributes.extend(more.attributes.iter().cloned());
        case.should_panic.extend(more.should_panic.iter().cloned());
        case.ignored.extend(more.ignored.iter().cloned());
        case
    }
}
