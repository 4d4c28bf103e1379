//! One fixture.

use tokens::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::request::{self, each};
use crate::parse::arguments::{Fixture, Kind};
use crate::parse::fixture::Scope;
use crate::quote::{quote, quote_spanned};
use crate::resolve::fixture::{Input, Maker, conditions, resolve};
use crate::syntax::ty::narrowest;
use crate::syntax::{IdentExt, Path, Result};

/// Expands the attribute on a function: the function as it is, and a type of its name that knows how to call it.
pub fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let maker = resolve(attribute, item)?;
    let krate = maker.arguments.krate.clone().unwrap_or_else(Path::isolate);
    let function = &maker.function;
    let (attributes, visibility, signature, body) = (
        &function.attributes,
        &function.visibility,
        &function.signature,
        &function.body,
    );
    let name = &signature.ident;
    let conditions: Vec<_> = conditions(attributes).collect();
    let defaults: Vec<(&Ident, TokenStream)> = maker.inputs.iter().filter_map(default).collect();
    let (mut fields, mut unset) = (Vec::new(), Vec::new());
    for (field, ty) in &defaults {
        fields.push(quote!(#visibility #field: ::core::option::Option<#ty>,));
        unset.push(quote!(#field: ::core::option::Option::None,));
    }
    // Lints leave alone what has a span of ours: nobody needs to hear that a type has the name of a function.
    let mut ty = name.clone();
    ty.set_span(request::located(name));
    let line = quote_spanned!(name.span()=> ::core::line!());
    let shown = name.unraw().to_string();
    let lifetime = Ident::new(scope(maker.arguments.scope), Span::mixed_site());
    let value = maker.value.ty.as_ref().map_or_else(
        || {
            quote!(
                type Value = ();
            )
        },
        // There, if the type is less visible than the fixture.
        |ty| quote_spanned!(Span::mixed_site().located_at(narrowest(ty))=> type Value = #ty;),
    );
    let build = build(&maker, &krate);
    let asks = asks(&maker, &krate);
    let codec = codec(&maker, &krate);
    let setters = setters(&maker);
    let prepare = prepare(&maker, &krate);
    let (names, acyclic) = (names(&maker, &krate), acyclic(&maker, &krate));
    let function = request::with_parameters(quote!(#visibility #signature #body));
    Ok(quote! {
        #attributes
        #function

        #conditions
        #[doc(hidden)]
        #visibility struct #ty { #fields }

        #conditions
        impl #krate::__private::FixtureFunction for #name {
            #value
            const NAME: &'static ::core::primitive::str = #shown;
            const FILE: &'static ::core::primitive::str = ::core::file!();
            const LINE: ::core::primitive::u32 = #line;
            const SCOPE: #krate::__private::Scope = #krate::__private::Scope::#lifetime;
            const SEND: ::core::primitive::bool = {
                use #krate::__private::NotSend as _;
                #krate::__private::IsSend::<Self::Value>::VALUE
            };

            const ACYCLIC: ::core::primitive::bool = {
                #names
                #acyclic
            };

            fn unset() -> Self {
                Self { #unset }
            }

            fn build(
                self,
                __context: &#krate::__private::Context,
            ) -> ::core::result::Result<Self::Value, #krate::__private::Failure> {
                #build
            }

            fn hooks() -> #krate::__private::Hooks<Self::Value> {
                use #krate::__private::probes::*;
                (&&&#krate::__private::Probe::<Self::Value>::new()).hooks()
            }

            #codec
            #prepare
        }

        #setters

        #conditions
        const _: () = {
            #names
            #asks
            ::core::assert!(<#name as #krate::__private::FixtureFunction>::ACYCLIC);
        };
    })
}

fn build(maker: &Maker, krate: &Path) -> TokenStream {
    let names = names(maker, krate);
    let setup = each(&maker.arguments.fixtures, &|fixture| {
        Some(request::setup_in_fixture(fixture, krate))
    });
    let (mut typed, mut passed) = (Vec::new(), Vec::new());
    for input in &maker.inputs {
        match input {
            Input::Fixture(parameter) => {
                let local = request::local(&parameter.fixture, parameter.at);
                typed.push(request::typed(parameter));
                passed.push(quote!(#local,));
            }
            Input::Default(_, field, value) => passed.push(quote!(self.#field.unwrap_or_else(|| #value),)),
        }
    }
    let name = &maker.function.signature.ident;
    let mut call = quote!(#name(#passed));
    let is_async = maker.function.signature.is_async();
    if is_async {
        call = quote!(__context.block_on(#call));
    }
    let value = match (maker.value.is_result, is_async) {
        (true, _) => {
            let question = is_async.then(|| quote!(?));
            quote! {
                match #call #question {
                    ::core::result::Result::Ok(__value) => ::core::result::Result::Ok(__value),
                    ::core::result::Result::Err(__error) => {
                        use #krate::__private::probes::*;
                        ::core::result::Result::Err((&&#krate::__private::Reason(&__error)).failure())
                    }
                }
            }
        }
        (false, true) => call,
        (false, false) => quote!(::core::result::Result::Ok(#call)),
    };
    quote! {
        #names
        #setup
        #typed
        #value
    }
}

/// What is built before the process is copied.
fn prepare(maker: &Maker, krate: &Path) -> Option<TokenStream> {
    let prepare = request::prepare_in_fixture(&maker.arguments.fixtures, krate)?;
    let names = names(maker, krate);
    Some(quote! {
        fn prepare(
            __context: &#krate::__private::Context,
        ) -> ::core::result::Result<(), #krate::__private::Failure> {
            #names
            #prepare
            ::core::result::Result::Ok(())
        }
    })
}

/// How a value gets to the other processes of a run.
fn codec(maker: &Maker, krate: &Path) -> Option<TokenStream> {
    let at = match &maker.function.signature.output {
        None => request::located(&maker.function.signature.ident),
        Some(output) => Span::mixed_site().located_at(narrowest(&output.ty)),
    };
    let of = quote_spanned!(at=> #krate::__private::Codec::<Self::Value>::of());
    (maker.arguments.scope == Scope::Session).then(|| {
        quote! {
            fn codec() -> ::core::option::Option<#krate::__private::Codec<Self::Value>> {
                ::core::option::Option::Some(#of)
            }
        }
    })
}

fn names(maker: &Maker, krate: &Path) -> Vec<TokenStream> {
    let fixtures = &maker.arguments.fixtures;
    each(fixtures, &|fixture| request::name(fixture, fixtures, krate))
}

/// What has to hold about the fixtures that this one asks for.
fn asks(maker: &Maker, krate: &Path) -> TokenStream {
    let (function, scope) = (&maker.function.signature.ident, maker.arguments.scope);
    let minimum = scope as u8;
    let asks = each(&maker.arguments.fixtures, &|fixture| {
        let ours = asked(fixture)?;
        let condition =
            quote!(<#ours as #krate::__private::FixtureFunction>::SCOPE as ::core::primitive::u8 >= #minimum);
        let text = format!(
            "fixture `{}` has the scope \"{}\", and asks for `{}`, which doesn't live as long",
            function.unraw(),
            scope.name(),
            fixture.name.unraw()
        );
        let outlives = (scope > Scope::Test).then(|| request::assertion(&fixture.name, &condition, &text));
        let owned = request::scope(fixture, krate);
        Some(quote!(#outlives #owned))
    });
    quote!(#asks)
}

/// A constant that is true if it has a value: rustc names the chain of fixtures if there is no end to it.
fn acyclic(maker: &Maker, krate: &Path) -> TokenStream {
    let asked = each(&maker.arguments.fixtures, &|fixture| {
        let (ours, at) = (asked(fixture)?, request::located(&fixture.name));
        Some(quote_spanned!(at=> <#ours as #krate::__private::FixtureFunction>::ACYCLIC &))
    });
    quote!(#asked true)
}

/// Our name for a fixture of its kind.
fn asked(fixture: &Fixture) -> Option<Ident> {
    matches!(fixture.kind, Kind::Custom(_)).then(|| request::ours(fixture))
}

/// A parameter with a default, as a field.
fn default(input: &Input) -> Option<(&Ident, TokenStream)> {
    match input {
        Input::Default(typed, name, _) => Some((name, with_lifetimes(typed.ty.clone()))),
        Input::Fixture(_) => None,
    }
}

/// What `#[with(…)]` calls, which sets parameters by their place.
fn setters(maker: &Maker) -> Option<TokenStream> {
    let (name, visibility) = (&maker.function.signature.ident, &maker.function.visibility);
    let setters = (1..).zip(&maker.inputs).filter_map(|(number, input)| {
        let (field, ty) = default(input)?;
        let set = Ident::new(&format!("parameter_{number}"), Span::mixed_site());
        Some(quote! {
            #visibility fn #set(&mut self, value: #ty) {
                self.#field = ::core::option::Option::Some(value);
            }
        })
    });
    let setters: Vec<_> = setters.collect();
    let conditions: Vec<_> = conditions(&maker.function.attributes).collect();
    (!setters.is_empty()).then(|| {
        quote! {
            #conditions
            #[doc(hidden)]
            impl #name {
                #setters
            }
        }
    })
}

/// A reference in a field needs a lifetime.
fn with_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut result = TokenStream::new();
    while let Some(token) = tokens.next() {
        let is_reference = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '&');
        let token = match token {
            TokenTree::Group(group) if group.delimiter() != Delimiter::Parenthesis => {
                Group::new(group.delimiter(), with_lifetimes(group.stream())).into()
            }
            other => other,
        };
        result.extend([token]);
        if is_reference && !matches!(tokens.peek(), Some(TokenTree::Punct(quote)) if quote.as_char() == '\'') {
            result.extend(quote!('static));
        }
    }
    result
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Test => "Test",
        Scope::Group => "Group",
        Scope::Worker => "Worker",
        Scope::Session => "Session",
    }
}
