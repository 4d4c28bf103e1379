//! The arguments of `#[singleton(…)]`, and the items that it and `#[derive(Singleton)]` stand on.

use tokens::{Delimiter, Ident, Span, TokenStream, TokenTree};

use super::list::{self, Argument};
use crate::errors::Errors;
use crate::nearest::suggestion;
use crate::syntax::{Angles, Attribute, Cursor, Error, Item, Path, Result, Value, is_punct, is_word, span};

const NAMES: &[&str] = &["instance", "reset", "after", "crate"];

/// What the attribute says.
#[derive(Default)]
pub struct Arguments {
    /// The static that holds the one instance.
    pub instance: Option<Path>,
    /// How to reset it.
    pub reset: Option<Reset>,
    /// Statics that are reset before it.
    pub after: Vec<Path>,
    /// Where the crate `isolate` is.
    pub krate: Option<Path>,
}

/// How to reset a singleton.
pub enum Reset {
    /// A function, called directly, so that its argument is coerced.
    Path(TokenStream),
    /// A closure, whose parameter has the type of the instance.
    Closure(TokenStream),
}

impl Reset {
    /// Its first token.
    pub fn span(&self) -> Span {
        let (Self::Path(tokens) | Self::Closure(tokens)) = self;
        span(tokens)
    }
}

/// Parses the arguments; mistakes are reported together.
pub fn arguments(tokens: TokenStream) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    list::each(tokens, Some(NAMES), &mut |argument| apply(&mut arguments, argument))?;
    Ok(arguments)
}

fn apply(arguments: &mut Arguments, Argument { name, value }: Argument) -> Result<()> {
    match name.to_string().as_str() {
        "instance" => arguments.instance = Some(path(&name, value, "instance = CACHE")?),
        "reset" => arguments.reset = Some(reset(&name, value)?),
        "after" => arguments.after = after(&name, value)?,
        "crate" => arguments.krate = Some(path(&name, value, "crate = path::to::isolate")?),
        other => {
            let message = format!("unknown argument `{other}`; {}", suggestion(other, NAMES));
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(())
}

fn path(name: &Ident, value: Value, form: &str) -> Result<Path> {
    let message = format!("`{name}` takes a path, as in `{form}`");
    match value {
        Value::Assigned(tokens) => Path::parse(tokens.clone()).ok_or_else(|| Error::new_spanned(tokens, message)),
        Value::List(list) => Err(Error::new(list.span_open(), message)),
        Value::None => Err(Error::new(name.span(), message)),
    }
}

fn reset(name: &Ident, value: Value) -> Result<Reset> {
    const FORM: &str =
        "`reset` takes a function or a closure, as in `reset = Cache::clear` or `reset = |cache| cache.clear()`";
    let Value::Assigned(tokens) = value else {
        return Err(Error::new(name.span(), FORM));
    };
    let cursor = Cursor::new(tokens.clone());
    let first = cursor.rest().first();
    if is_punct(first, '|') || is_word(first, "move") {
        return Ok(Reset::Closure(tokens));
    }
    let mut angles = Angles::default();
    let is_path = cursor.rest().iter().all(|token| match token {
        _ if !angles.is_outside(token) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Group(group) => group.delimiter() == Delimiter::None,
        TokenTree::Ident(_) => true,
        TokenTree::Literal(_) => false,
    });
    if is_path {
        return Ok(Reset::Path(tokens));
    }
    Err(Error::new_spanned(tokens, FORM))
}

fn after(name: &Ident, value: Value) -> Result<Vec<Path>> {
    let message = "`after` takes a list of statics, as in `after = [POOL, crate::SETTINGS]`";
    let Value::Assigned(tokens) = value else {
        return Err(Error::new(name.span(), message));
    };
    let mut cursor = Cursor::new(tokens.clone());
    let list = cursor.group(Delimiter::Bracket).filter(|_| cursor.is_empty());
    let paths = list.map(|list| list::split(list.stream(), None).into_iter().map(Path::parse).collect());
    paths.flatten().ok_or_else(|| Error::new_spanned(tokens, message))
}

/// The name of the static below `#[singleton]`; the rest of it stays as it is.
pub fn static_name(item: TokenStream) -> Result<(Vec<Attribute>, Ident)> {
    let item = Item::parse(item);
    if !item.is("static") {
        let is_type = item.is("struct") || item.is("enum");
        let found = if is_type {
            "; on a type write `#[derive(Singleton)]` above it"
        } else {
            ""
        };
        return Err(item.error(&format!("`#[singleton]` stands on a static{found}")));
    }
    let mut cursor = Cursor::new(item.tokens.into_iter().skip(1).collect());
    if is_word(cursor.rest().first(), "mut") {
        return Err(cursor.error("a singleton can't be `static mut`: nothing could reset it safely"));
    }
    let name = cursor.word();
    name.map(|name| (item.attributes, name))
        .ok_or_else(|| cursor.error("expected a name"))
}

/// The arguments of all `#[singleton(…)]` on a type that derives `Singleton`.
pub fn derived(attributes: &[Attribute]) -> Result<Arguments> {
    let mut errors = Errors::default();
    let mut found: Option<Arguments> = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("singleton"))
    {
        if found.is_some() {
            errors.at(attribute.path(), "`#[singleton]` is given twice");
        } else {
            let form = "write `#[singleton(instance = CACHE)]`, with the static that holds the value";
            let list = attribute
                .list()
                .ok_or_else(|| Error::new_spanned(attribute.path(), form));
            found = Some(errors.keep(list.and_then(arguments)).unwrap_or_default());
        }
    }
    errors.finish()?;
    Ok(found.unwrap_or_default())
}
