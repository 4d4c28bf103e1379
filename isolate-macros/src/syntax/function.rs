//! Functions, up to their bodies.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::angles::{Angles, split};
use super::attribute::Attribute;
use super::cursor::{Cursor, is_punct, is_word};
use super::error::{Error, Result};
use super::item::Item;

/// A function whose body we pass on as it is.
pub struct Function {
    /// Outer attributes.
    pub attributes: Vec<Attribute>,
    /// `pub`, …
    pub visibility: TokenStream,
    /// All of it: what can't be is for the next stage to say.
    pub signature: Signature,
    /// With its braces.
    pub body: Group,
}

/// What stands between visibility and body.
pub struct Signature {
    /// `const`, `async`, `unsafe`, `extern "C"`
    pub qualifiers: Vec<TokenTree>,
    /// `fn`
    pub keyword: Ident,
    /// The name.
    pub ident: Ident,
    /// `<…>`, or nothing.
    pub generics: TokenStream,
    /// The parameters.
    pub inputs: Vec<FnArg>,
    /// `...` behind them.
    pub variadic: Option<TokenStream>,
    /// What it returns; `None` is `()`.
    pub output: Option<Output>,
    /// `where …`, or nothing.
    pub clause: TokenStream,
    brackets: Group,
}

/// `-> T`
#[derive(Clone)]
pub struct Output {
    /// The type.
    pub ty: TokenStream,
    arrow: TokenStream,
}

/// One parameter.
#[derive(Clone)]
pub enum FnArg {
    /// `self`, in any form.
    Receiver(TokenStream),
    /// `pattern: type`
    Typed(PatType),
}

/// A parameter that isn't `self`.
#[derive(Clone)]
pub struct PatType {
    /// Outer attributes.
    pub attributes: Vec<Attribute>,
    /// What stands in front of the colon.
    pub pattern: TokenStream,
    /// The name, if that is all there is to the pattern.
    pub name: Option<Ident>,
    /// The type.
    pub ty: TokenStream,
    colon: TokenTree,
}

impl Function {
    /// Takes an item that is a function; fails if it has no body.
    pub fn new(item: Item) -> Result<Self> {
        let Item {
            attributes,
            visibility,
            mut tokens,
        } = item;
        let last = tokens.pop();
        let body = match last {
            Some(TokenTree::Group(body)) => opened(body),
            other => return Err(Error::new_spanned(other, "a test needs a body")),
        };
        Ok(Self {
            attributes,
            visibility,
            signature: Signature::parse(tokens).map_err(|cursor| cursor.error("expected a function"))?,
            body,
        })
    }
}

/// A block without invisible brackets: `macro_rules` pass on a `$body:block` in them.
fn opened(mut body: Group) -> Group {
    while body.delimiter() == Delimiter::None
        && let Some(TokenTree::Group(inner)) = body.stream().into_iter().next()
    {
        body = inner;
    }
    body
}

impl Signature {
    fn parse(tokens: Vec<TokenTree>) -> std::result::Result<Self, Cursor> {
        let mut cursor = Cursor::new(tokens.into_iter().collect());
        let before = cursor
            .rest()
            .iter()
            .take_while(|token| !is_word(Some(token), "fn"))
            .count();
        let qualifiers = cursor.take(before);
        let (Some(keyword), Some(ident)) = (cursor.word(), cursor.word()) else {
            return Err(cursor);
        };
        let generics = until(&mut cursor, |token| matches!(token, TokenTree::Group(_)));
        let Some(brackets) = cursor.group(Delimiter::Parenthesis) else {
            return Err(cursor);
        };
        let output = is_punct(cursor.rest().first(), '-').then(|| Output {
            arrow: cursor.take(2).into_iter().collect(),
            ty: until(&mut cursor, |token| is_word(Some(token), "where")),
        });
        let (inputs, variadic) = inputs(brackets.stream());
        Ok(Self {
            qualifiers,
            keyword,
            ident,
            generics,
            inputs,
            variadic,
            output,
            clause: cursor.finish(),
            brackets,
        })
    }

    /// `const`, `async`, …, if it has that.
    pub fn qualifier(&self, keyword: &str) -> Option<&TokenTree> {
        self.qualifiers.iter().find(|token| is_word(Some(token), keyword))
    }

    /// Whether it is `async`.
    pub fn is_async(&self) -> bool {
        self.qualifier("async").is_some()
    }

    /// What the function is generic over.
    pub fn parameters(&self) -> Vec<TokenStream> {
        let tokens: Vec<TokenTree> = self.generics.clone().into_iter().collect();
        match &tokens[..] {
            [_, parameters @ .., _] => split(parameters),
            _ => Vec::new(),
        }
    }

    /// Parameters in the brackets that the user wrote, so that rustc and clippy show there what they say of them.
    pub fn bracketed(&self, parameters: TokenStream) -> TokenTree {
        let mut brackets = Group::new(Delimiter::Parenthesis, parameters);
        brackets.set_span(self.brackets.span());
        brackets.into()
    }
}

impl ToTokens for Signature {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            qualifiers,
            keyword,
            ident,
            generics,
            inputs,
            variadic,
            output,
            clause,
            ..
        } = self;
        let variadic = variadic.iter();
        let brackets = self.bracketed(quote!(#(#inputs,)* #(#variadic)*));
        tokens.extend(quote!(#(#qualifiers)* #keyword #ident #generics #brackets #output #clause));
    }
}

impl ToTokens for Output {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend([self.arrow.clone(), self.ty.clone()]);
    }
}

impl ToTokens for FnArg {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Receiver(receiver) => tokens.extend(receiver.clone()),
            Self::Typed(typed) => typed.to_tokens(tokens),
        }
    }
}

impl ToTokens for PatType {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            pattern,
            ty,
            colon,
            ..
        } = self;
        tokens.extend(quote!(#(#attributes)* #pattern #colon #ty));
    }
}

/// The tokens in front of the first that `is_end`, outside of `<…>`.
fn until(cursor: &mut Cursor, is_end: impl Fn(&TokenTree) -> bool) -> TokenStream {
    let mut angles = Angles::default();
    let rest = cursor.rest();
    let end = rest.iter().position(|token| angles.is_outside(token) && is_end(token));
    let count = end.unwrap_or(rest.len());
    cursor.take(count).into_iter().collect()
}

fn inputs(tokens: TokenStream) -> (Vec<FnArg>, Option<TokenStream>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut inputs = Vec::new();
    let mut variadic = None;
    for part in split(&tokens) {
        let mut cursor = Cursor::new(part.clone());
        let attributes = Attribute::read_all(&mut cursor);
        let colon = (0..cursor.rest().len()).find(|at| is_colon(cursor.rest(), *at));
        let pattern = cursor.take(colon.unwrap_or(usize::MAX));
        let is_self = is_word(pattern.last(), "self");
        match cursor.next() {
            Some(colon) if !is_self => {
                if is_punct(cursor.rest().first(), '.') {
                    variadic = Some(cursor.finish());
                    continue;
                }
                inputs.push(FnArg::Typed(PatType {
                    attributes,
                    name: name(&pattern),
                    pattern: pattern.into_iter().collect(),
                    colon,
                    ty: cursor.finish(),
                }));
            }
            _ if is_punct(pattern.first(), '.') => variadic = Some(pattern.into_iter().collect()),
            _ => inputs.push(FnArg::Receiver(part)),
        }
    }
    (inputs, variadic)
}

/// Whether there is a colon, and it isn't half of `::`.
fn is_colon(tokens: &[TokenTree], at: usize) -> bool {
    let is = |at: usize| is_punct(tokens.get(at), ':');
    is(at) && !is(at + 1) && !at.checked_sub(1).is_some_and(is)
}

/// `name` or `mut name`
fn name(pattern: &[TokenTree]) -> Option<Ident> {
    match pattern {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            name(&group.stream().into_iter().collect::<Vec<_>>())
        }
        [TokenTree::Ident(name)] if name != "_" => Some(name.clone()),
        [TokenTree::Ident(mutable), TokenTree::Ident(name)] if mutable == "mut" => Some(name.clone()),
        _ => None,
    }
}
