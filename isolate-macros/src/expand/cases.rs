//! A test with many cases: one function, a table of what to call it with, and one test for libtest for each row.

use tokens::{Ident, Span, TokenStream, TokenTree};

use super::isolated::path;
use super::place::{Place, line};
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
    let (mut given, mut types) = (Vec::new(), Vec::new());
    for parameter in &test.parameters {
        if let Some(local) = &parameter.given {
            let ty = &parameter.tokens.ty;
            given.push(quote!(#local: #ty,));
            types.push(parsed(parameter, signature));
        }
    }
    let Place { file, directory, .. } = Place::of(name);
    let settings = test::settings(test, &krate);
    let common = quote! {
        #krate::__private::common(::core::module_path!(), #file, #directory) #settings
    };
    let common = should_panic(common, &test.should_panic);
    let numbered: Vec<(usize, &Case)> = cases.all.iter().enumerate().collect();
    let (mut functions, mut arms, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let (mut names, mut lines) = (Vec::new(), Vec::new());
    // Then nothing has to stand around a call of the function.
    let is_plain = test::is_plain(test) && cases.all.iter().all(|case| is_literals(case, &types));
    let context = (!is_plain).then(|| quote!(__context,));
    for (number, case) in &numbered {
        let (function, arm) = call(*number, case, name, context.as_ref(), &types, &krate);
        functions.extend(function);
        arms.push(arm);
        rows.extend(row(*number, case, &krate));
        names.push(case.path.iter().map(ToString::to_string).collect::<Vec<_>>().join("::"));
        let line = line(case.at.unwrap_or_else(|| name.span()));
        lines.push(quote!(#line,));
    }
    let names = names.join(" ");
    let rows = (!rows.is_empty()).then(|| quote!(.rows(const { &[#rows] })));
    let tests = tests(&numbered, 0, &of_tests);
    // Lints leave alone what has a span of ours.
    let mut module = name.clone();
    module.set_span(request::located(name));
    let outcome = quote!(::core::result::Result<(), #krate::__private::Failure>);
    let call = quote!(match __number { #arms _ => ::core::unreachable!() });
    let (function, context, call) = if is_plain {
        let call = quote!(#call ::core::result::Result::Ok(()));
        (test::function(test, &krate), quote!(_), call)
    } else {
        let (items, body) = test::inner(test, &krate);
        let function = quote! {
            fn #name #generics(__context: &#krate::__private::Context, #given) -> #outcome #clause {
                #items
                #body
            }
        };
        (function, quote!(__context), call)
    };
    // What becomes of `#[test]` in other builds, for all that belongs to it.
    quote! {
        #[cfg(test)]
        #of_function
        #function

        #[cfg(test)]
        #of_module
        mod #module {
            use super::*;

            #functions

            fn __isolate_call(
                #context: &#krate::__private::Context,
                __number: ::core::primitive::usize,
            ) -> #outcome {
                #call
            }

            #[unsafe(link_section = "isolate_tables")]
            static __ISOLATE_TABLE: #krate::__private::Table =
                #krate::__private::Table::new(#common, #names, &[#lines], __isolate_call) #rows;

            fn __isolate_run(number: ::core::primitive::usize) {
                #krate::__private::run_case(&__ISOLATE_TABLE, number);
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

/// The call of the function with the values of a case, as an arm of a `match`, and in a function of its own unless all
/// values are literals: thousands of others in one function would want a stack of megabytes.
fn call(
    number: usize,
    case: &Case,
    name: &Ident,
    context: Option<&TokenStream>,
    types: &[Option<&TokenStream>],
    krate: &Path,
) -> (Option<TokenStream>, TokenStream) {
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
    if is_literals(case, types) {
        return (None, quote!(#number => #name(#context #values),));
    }
    let call = Ident::new(&format!("__isolate_{number}"), Span::mixed_site());
    let function = quote! {
        fn #call(
            __context: &#krate::__private::Context,
        ) -> ::core::result::Result<(), #krate::__private::Failure> {
            #name(__context, #values)
        }
    };
    (Some(function), quote!(#number => #call(__context),))
}

/// Whether all values of a case are literals, and none of them a text to be parsed.
fn is_literals(case: &Case, types: &[Option<&TokenStream>]) -> bool {
    let mut values = case.values.iter().zip(types);
    values.all(|((_, value), ty)| is_literal(value) && (ty.is_none() || !is_text(value)))
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

/// Whether an expression is a literal, perhaps with a minus, or `true` or `false`.
fn is_literal(value: &TokenStream) -> bool {
    let mut tokens = value.clone().into_iter();
    match (tokens.next(), tokens.next(), tokens.next()) {
        (Some(TokenTree::Literal(_)), None, _) => true,
        (Some(TokenTree::Ident(word)), None, _) => word.is("true") || word.is("false"),
        (Some(TokenTree::Punct(minus)), Some(TokenTree::Literal(_)), None) => minus.as_char() == '-',
        _ => false,
    }
}

/// What is special to a case.
fn row(number: usize, case: &Case, krate: &Path) -> Option<TokenStream> {
    if case.should_panic.is_empty() && case.ignored.is_empty() {
        return None;
    }
    let row = should_panic(quote!(#krate::__private::Row::new(#number)), &case.should_panic);
    let ignored = ignored(&case.ignored).map(|is| quote!(.ignored(#is)));
    Some(quote!(#row #ignored,))
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
