//! The arguments of `#[singleton(…)]`, and the items that it and `#[derive(Singleton)]` stand on.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Error, Ident, Path, Result, Token, Visibility};

use super::list::{self, Argument, Value};
use crate::errors::Errors;
use crate::nearest::suggestion;

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
    Path(Path),
    /// A closure, whose parameter has the type of the instance.
    Closure(TokenStream),
}

impl Reset {
    /// Its first token.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(path) => path.span(),
            Self::Closure(tokens) => tokens.span(),
        }
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
        Value::Assigned(tokens) => Path::parse_mod_style
            .parse2(tokens.clone())
            .map_err(|_| Error::new_spanned(tokens, message)),
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
    let starts_closure = match tokens.clone().into_iter().next() {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
        Some(TokenTree::Ident(ident)) => ident == "move",
        _ => false,
    };
    if starts_closure {
        return Ok(Reset::Closure(tokens));
    }
    let function = |input: ParseStream<'_>| input.call(expression_path);
    function
        .parse2(tokens.clone())
        .map(Reset::Path)
        .map_err(|_| Error::new_spanned(tokens, FORM))
}

fn expression_path(input: ParseStream<'_>) -> Result<Path> {
    input.parse()
}

fn after(name: &Ident, value: Value) -> Result<Vec<Path>> {
    let message = "`after` takes a list of statics, as in `after = [POOL, crate::SETTINGS]`";
    let Value::Assigned(tokens) = value else {
        return Err(Error::new(name.span(), message));
    };
    let list = |input: ParseStream<'_>| {
        let content;
        syn::bracketed!(content in input);
        Punctuated::<Path, Token![,]>::parse_terminated_with(&content, Path::parse_mod_style)
    };
    match list.parse2(tokens.clone()) {
        Ok(paths) => Ok(paths.into_iter().collect()),
        Err(_) => Err(Error::new_spanned(tokens, message)),
    }
}

/// The name of the static below `#[singleton]`; the rest of it stays as it is.
pub fn static_name(item: TokenStream) -> Result<(Vec<Attribute>, Ident)> {
    let parse = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        if !input.peek(Token![static]) {
            let found = if input.peek(Token![struct]) || input.peek(Token![enum]) {
                "; on a type write `#[derive(Singleton)]` above it"
            } else {
                ""
            };
            return Err(input.error(format!("`#[singleton]` stands on a static{found}")));
        }
        input.parse::<Token![static]>()?;
        if input.peek(Token![mut]) {
            return Err(input.error("a singleton can't be `static mut`: nothing could reset it safely"));
        }
        let name: Ident = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok((attributes, name))
    };
    parse.parse2(item)
}

/// The arguments of all `#[singleton(…)]` on a type that derives `Singleton`.
pub fn derived(input: &DeriveInput) -> Result<Arguments> {
    let mut errors = Errors::default();
    let mut found: Option<Arguments> = None;
    for attribute in input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("singleton"))
    {
        if found.is_some() {
            errors.at(attribute.path(), "`#[singleton]` is given twice");
        } else {
            let list = attribute
                .meta
                .require_list()
                .and_then(|list| arguments(list.tokens.clone()));
            found = Some(errors.keep(list).unwrap_or_default());
        }
    }
    errors.finish()?;
    Ok(found.unwrap_or_default())
}
