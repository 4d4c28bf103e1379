//! A test with many cases: one function, a table of what to call it with, and one test for libtest for each row.

use tokens::{Ident, Span, TokenStream, TokenTree};

use super::isolated::path;
use super::request;
use super::test::{self, ignored, should_panic};
use crate::quote::quote;
use crate::resolve::cases::{Case, Cases};
use crate::resolve::signature::Parameter;
use crate::resolve::test::Test;
use crate::syntax::ty::is_reference;
use crate::syntax::{Attribute, IdentExt, Path, Signature};

/// Writes the function, and a module of its name with the tests.
pub fn expand(test: &Test, cases: &Cases) -> TokenStream {
    let krate = path(&test.arguments);
    let signature = &test.function.signature;
    let (name, generics, clause) = (&signature.ident, &signature.generics, &signature.clause);
    let (of_tests, of_function): (Vec<_>, Vec<_>) = test.attributes.iter().partition(|a| is_of_tests(a));
    let mut of_module = Vec::new();
    for attribute in &test.attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("allow") {
            of_module.push(attribute);
        }
    }
    let (items, body) = test::inner(test, &krate);
    let (mut given, mut types) = (Vec::new(), Vec::new());
    for parameter in &test.parameters {
        if let Some(local) = &parameter.given {
            let ty = &parameter.tokens.ty;
            given.push(quote!(#local: #ty,));
            types.push(parsed(parameter, signature));
        }
    }
    let settings = test::settings(test, &krate);
    let base = quote! {
        #krate::__private::TestCase::of_cases(::core::file!(), ::core::env!("CARGO_MANIFEST_DIR")) #settings
    };
    let base = should_panic(base, &test.should_panic);
    let count = cases.all.len();
    let numbered: Vec<(usize, &Case)> = cases.all.iter().enumerate().collect();
    let (mut functions, mut rows) = (Vec::new(), Vec::new());
    for (number, case) in &numbered {
        functions.push(call(*number, case, name, &types, &krate));
        rows.push(row(*number, case, name, &krate));
    }
    let tests = tests(&numbered, 0, &of_tests);
    // Lints leave alone what has a span of ours.
    let mut module = name.clone();
    module.set_span(request::located(name));
    // What becomes of `#[test]` in other builds, for all that belongs to it.
    quote! {
        #[cfg(test)]
        #of_function
        fn #name #generics(
            __context: &#krate::__private::Context,
            #given
        ) -> ::core::result::Result<(), #krate::__private::Failure> #clause {
            #items
            #body
        }

        #[cfg(test)]
        #of_module
        mod #module {
            use super::*;

            #functions

            #[unsafe(link_section = "isolate_cases")]
            static __ISOLATE_CASES: [#krate::__private::TestCase; #count] =
                #krate::__private::TestCase::cases([const { #base }; #count], &[#rows]);

            fn __isolate_run(number: ::core::primitive::usize) {
                #krate::__private::run(&__ISOLATE_CASES[number]);
            }

            #tests
        }
    }
}

/// Whether an attribute is for libtest to see.
fn is_of_tests(attribute: &Attribute) -> bool {
    let names = |token: TokenTree| token.to_string() == "ignore" || token.to_string() == "should_panic";
    let path = attribute.path();
    path.is_ident("ignore")
        || path.is_ident("should_panic")
        || path.is_ident("cfg_attr") && attribute.list().is_some_and(|list| list.into_iter().any(names))
}

/// The call of the function with the values of a case. A function of its own, since thousands of closures in one body are
/// too much for rustc.
fn call(number: usize, case: &Case, name: &Ident, types: &[Option<&TokenStream>], krate: &Path) -> TokenStream {
    let call = named(number);
    let mut values = Vec::new();
    for ((_, value), ty) in case.values.iter().zip(types) {
        let parsed = ty.filter(|_| is_text(value)).map(|ty| {
            quote! {
                {
                    use #krate::__private::probes::*;
                    (&&#krate::__private::Text::<#ty>::new(#value)).value()?
                },
            }
        });
        values.push(parsed.unwrap_or_else(|| quote!(#value,)));
    }
    quote! {
        fn #call(
            __context: &#krate::__private::Context,
        ) -> ::core::result::Result<(), #krate::__private::Failure> {
            #name(__context, #values)
        }
    }
}

/// The type of a parameter that has values, if a text may have to be parsed to be one.
fn parsed<'a>(parameter: &'a Parameter, signature: &Signature) -> Option<&'a TokenStream> {
    let types: Vec<String> = signature.parameters().into_iter().filter_map(type_name).collect();
    let generic = |token: &str| token == "impl" || types.iter().any(|name| name == token);
    let ty = &parameter.tokens.ty;
    (!is_reference(ty) && !holds(ty.clone(), &generic)).then_some(ty)
}

/// The name of a generic parameter, if it stands for a type; a `'` or `const` comes first otherwise, and nothing has
/// those for a name.
fn type_name(parameter: TokenStream) -> Option<String> {
    parameter.into_iter().next().map(|token| token.to_string())
}

fn holds(tokens: TokenStream, is: &dyn Fn(&str) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => holds(group.stream(), is),
        token => is(&token.to_string()),
    })
}

/// Whether an expression is a string literal and nothing else.
fn is_text(value: &TokenStream) -> bool {
    let mut tokens = value.clone().into_iter();
    let first = tokens.next().map(|token| token.to_string()).unwrap_or_default();
    tokens.next().is_none() && (first.starts_with('"') || first.starts_with("r\"") || first.starts_with("r#\""))
}

fn named(number: usize) -> Ident {
    Ident::new(&format!("__isolate_{number}"), Span::mixed_site())
}

/// An entry of the table.
fn row(number: usize, case: &Case, name: &Ident, krate: &Path) -> TokenStream {
    let at = case.at.unwrap_or_else(|| name.span());
    let line = line(at);
    let mut path = String::new();
    for name in &case.path {
        path.push_str("::");
        path.push_str(&name.to_string());
    }
    let call = named(number);
    let row = quote! {
        #krate::__private::Row(
            ::core::concat!(::core::module_path!(), #path),
            #call,
            #line,
            ::core::option::Option::None,
            false,
        )
    };
    let ignored = ignored(&case.ignored).map(|is| quote!(.ignored(#is)));
    let row = should_panic(row, &case.should_panic);
    quote!(#row #ignored,)
}

/// A line as a number: `line!()` for 2,000 cases takes rustc half a second.
#[cfg(not(test))]
fn line(at: Span) -> TokenStream {
    TokenTree::from(tokens::Literal::usize_unsuffixed(at.line())).into()
}

/// In unit tests, spans know no lines.
#[cfg(test)]
fn line(at: Span) -> TokenStream {
    crate::quote::quote_spanned!(at=> ::core::line!())
}

/// The tests for libtest, in modules for all parts of their names but the last.
fn tests(cases: &[(usize, &Case)], depth: usize, attributes: &[&Attribute]) -> Vec<TokenStream> {
    let mut all = Vec::new();
    for same in cases.chunk_by(|(_, a), (_, b)| a.path[depth].is_same(&b.path[depth])) {
        let (number, case) = same[0];
        let name = &case.path[depth];
        if depth + 1 < case.path.len() {
            let inner = tests(same, depth + 1, attributes);
            all.push(quote!(mod #name { #inner }));
            continue;
        }
        let own = &case.attributes;
        let outside = vec![quote!(super::); depth];
        all.push(quote! {
            #[::core::prelude::v1::test]
            #attributes
            #own
            fn #name() {
                #outside __isolate_run(#number);
            }
        });
    }
    all
}
