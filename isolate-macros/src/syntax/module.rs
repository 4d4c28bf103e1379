//! Modules with a body.

use tokens::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::angles::Angles;
use super::cursor::{Cursor, is_punct, is_word};
use super::item::Item;
use super::word::IdentExt;
use crate::quote::ToTokens;

/// `mod name { … }`
pub struct Module {
    /// With attributes, and without what stands in the braces.
    pub item: Item,
    /// What stands in the braces.
    pub items: Vec<Item>,
    braces: Group,
}

impl Module {
    /// Takes an item, if it is a module with a body.
    pub fn new(mut item: Item) -> Result<Self, Item> {
        match item.tokens.pop() {
            Some(TokenTree::Group(braces)) if is_module(&item) => Ok(Self {
                items: items(braces.stream()),
                item,
                braces,
            }),
            last => {
                item.tokens.extend(last);
                Err(item)
            }
        }
    }

    /// The names that it gives to its own functions, and to what it imports.
    pub fn names(&self) -> Vec<Ident> {
        let mut names = Vec::new();
        for item in &self.items {
            if let Some(at) = item.function() {
                names.extend(item.name(at).cloned());
            } else if item.is("use") {
                imported(&item.tokens[1..], &mut names);
            }
        }
        names
    }

    /// The module with other items.
    pub fn with(self, items: TokenStream) -> TokenStream {
        let mut braces = Group::new(Delimiter::Brace, items);
        braces.set_span(self.braces.span());
        let mut tokens = self.item.to_token_stream();
        tokens.extend([TokenTree::from(braces)]);
        tokens
    }
}

/// Whether an item is a module, with a body or in a file.
pub fn is_module(item: &Item) -> bool {
    item.is("mod") || item.is("unsafe") && is_word(item.tokens.get(1), "mod")
}

fn items(tokens: TokenStream) -> Vec<Item> {
    let mut cursor = Cursor::new(tokens);
    let mut items = Vec::new();
    while !cursor.is_empty() {
        let (attributes, visibility) = Item::read_front(&mut cursor);
        let length = length(cursor.rest());
        items.push(Item {
            attributes,
            visibility,
            tokens: cursor.take(length),
        });
    }
    items
}

/// How many of the tokens belong to the first item, without its attributes and visibility.
fn length(tokens: &[TokenTree]) -> usize {
    if is_punct(tokens.first(), '#') {
        return 3; // `#![…]`, which belongs to the module
    }
    let is_value = ["use", "type", "static"]
        .iter()
        .any(|keyword| is_word(tokens.first(), keyword))
        || is_word(tokens.first(), "const")
            && !["fn", "async", "unsafe", "extern"]
                .iter()
                .any(|keyword| is_word(tokens.get(1), keyword));
    let mut angles = Angles::default();
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => angles.is_outside(token) && !is_value && group.delimiter() == Delimiter::Brace,
        // In a value, `<` is no bracket.
        _ if is_value => is_punct(Some(token), ';'),
        _ => angles.is_outside(token) && is_punct(Some(token), ';'),
    });
    end.map_or(tokens.len(), |end| end + 1)
}

/// The names that a `use` binds.
fn imported(tree: &[TokenTree], names: &mut Vec<Ident>) {
    for (i, token) in tree.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                imported(&inner, names);
            }
            // The last one of its path, or behind `as`.
            TokenTree::Ident(name)
                if !is_punct(tree.get(i + 1), ':') && !is_word(tree.get(i + 1), "as") && !name.is("as") =>
            {
                names.push(name.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Module};
    use crate::quote::{ToTokens, quote};

    fn module(tokens: tokens::TokenStream) -> Module {
        Module::new(Item::parse(tokens)).ok().unwrap()
    }

    #[test]
    fn tells_items_apart() {
        let items = [
            quote!(#![allow(unused)]),
            quote!(
                use a::{b, c};
            ),
            quote!(
                #[cfg(unix)]
                pub(crate) const fn f<const N: usize = { 3 }>() -> [u8; { N }]
                where
                    Foo<{ N }>: Sized,
                {
                    x;
                }
            ),
            quote!(const A: bool = { 1 < 2 } == B < C;),
            quote!(
                struct Unit;
            ),
            quote!(
                struct Tuple<T>(T, u8)
                where
                    T: Fn() -> u8;
            ),
            quote!(
                pub struct Named<T> {
                    field: T,
                }
            ),
            quote!(
                impl<F: Fn(u8) -> Foo<{ 1 }>> Trait for Foo<{ N }> {
                    fn g() {}
                }
            ),
            quote!(
                macro_rules! m {
                    () => {};
                }
            ),
            quote!(m!(a; b);),
            quote!(
                extern crate a as b;
            ),
            quote!(
                unsafe extern "C" {
                    fn h();
                }
            ),
            quote!(
                extern "C" fn i() {}
            ),
            quote!(
                static S: fn() = || {};
            ),
            quote!(
                type T = Foo<{ 3 }>;
            ),
            quote!(
                mod file;
            ),
            quote!(
                unsafe mod inner {}
            ),
            quote!(
                enum E {
                    A = 1 << 2,
                }
            ),
        ];
        let all = items.to_vec();
        let found = module(quote!(mod m { #all })).items;
        let texts: Vec<String> = found.iter().map(|item| item.to_token_stream().to_string()).collect();
        assert_eq!(texts, items.map(|item| item.to_string()));
    }

    #[test]
    fn knows_the_names_in_a_module() {
        let module = module(quote! {
            mod m {
                use a::b::{self, c, d as e, f::{g, h::*}};
                use i as _;
                use ::j;
                async fn k() { fn inner() {} }
                fn l();
                const M: u8 = 0;
            }
        });
        let names: Vec<String> = module.names().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["self", "c", "e", "g", "_", "j", "k", "l"]);
    }
}
