//! The items that `#[isolated]` stands on.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::token::Brace;
use syn::{Attribute, Error, ItemMod, Result, Signature, Token, Visibility};

/// What the attribute stands on.
pub enum Annotated {
    /// A test.
    Function(Box<Function>),
    /// A module with a body, and tests in it.
    Module(ItemMod),
}

/// A function whose body we pass on as it is.
pub struct Function {
    /// Outer attributes.
    pub attributes: Vec<Attribute>,
    /// `pub`, …
    pub visibility: Visibility,
    /// All of it: what can't be is for the next stage to say.
    pub signature: Signature,
    /// With its braces.
    pub body: Group,
}

/// Parses the item below the attribute.
pub fn parse(tokens: TokenStream) -> Result<Annotated> {
    syn::parse2(tokens)
}

impl Function {
    /// Takes a function that was parsed together with its body.
    pub fn from_item(item: &syn::ItemFn) -> Result<Self> {
        syn::parse2(item.to_token_stream())
    }
}

impl Parse for Annotated {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if ahead.peek(Token![mod]) || ahead.peek(Token![unsafe]) && ahead.peek2(Token![mod]) {
            let module: ItemMod = input.parse()?;
            return match module.semi {
                Some(semi) => Err(Error::new(
                    semi.span,
                    "`#[isolated]` on a module needs its body here: write `mod name { … }`, or put the attribute on the \
                     tests inside the file",
                )),
                None => Ok(Self::Module(module)),
            };
        }
        if is_function(&ahead) {
            return input.parse().map(Box::new).map(Self::Function);
        }
        Err(ahead.error("`#[isolated]` stands on a test function or on a module of tests"))
    }
}

/// Whether a function comes next, behind attributes and visibility.
pub fn is_function(input: ParseStream<'_>) -> bool {
    let starts = |fork: &syn::parse::ParseBuffer<'_>| {
        fork.peek(Token![fn]) || fork.peek(Token![async]) || fork.peek(Token![unsafe]) || fork.peek(Token![extern])
    };
    let behind_const = input.fork();
    starts(&input.fork()) || behind_const.parse::<Token![const]>().is_ok() && starts(&behind_const)
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.call(body)?,
        })
    }
}

/// A block, also one that a `macro_rules` passes on as `$body:block`, in invisible brackets.
fn body(input: ParseStream<'_>) -> Result<Group> {
    if !input.peek(Brace) {
        return Err(input.error("a test needs a body"));
    }
    let TokenTree::Group(mut group) = input.parse()? else {
        return Err(input.error("a test needs a body"));
    };
    while group.delimiter() == Delimiter::None {
        group = syn::parse2(group.stream())?;
    }
    Ok(group)
}
