//! `#[derive(Singleton)]` and `#[singleton]`, from tokens to tokens.

use tokens::{Ident, Span, TokenStream};

use crate::errors::Errors;
use crate::parse::singleton::{self, Arguments, Reset};
use crate::quote::{quote, quote_spanned};
use crate::syntax::{Error, Item, Path, Result};

/// Expands the derive: registers `instance`, which holds or leads to a value of this type.
pub fn derive(item: TokenStream) -> Result<TokenStream> {
    let item = Item::parse(item);
    let Some(name) = item.name(0) else {
        return Err(item.error("`#[derive(Singleton)]` stands on a type"));
    };
    let mut errors = Errors::default();
    let arguments = errors.keep(singleton::derived(&item.attributes));
    if let Some(parameter) = item.tokens.get(3).filter(|_| item.has(2, '<')) {
        errors.at(
            parameter,
            "a generic type has no one instance; put `#[singleton]` on each static instead",
        );
    }
    let Some(arguments) = arguments else {
        return errors.finish().map(|()| quote!());
    };
    let Some(instance) = arguments.instance.clone() else {
        errors.at(name, "say where the instance is: `#[singleton(instance = CACHE)]`");
        return errors.finish().map(|()| quote!());
    };
    errors.finish()?;
    let it = it(&instance);
    let call = match &arguments.reset {
        // Without `reset` the type has a method of that name; rustc says so at the name of the type if it hasn't.
        None => quote_spanned!(name.span()=> #name::reset(#it)),
        Some(Reset::Path(function)) => quote!(#function(#it)),
        Some(Reset::Closure(closure)) => {
            let krate = path(&arguments);
            quote!(#krate::__private::call::<#name, _>(#it, #closure))
        }
    };
    Ok(register(&arguments, &instance, &call))
}

/// Expands the attribute on a static: the static as it is, and its registration.
pub fn attribute(attribute: TokenStream, item: &TokenStream) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let arguments = errors.keep(singleton::arguments(attribute));
    let found = errors.keep(singleton::static_name(item.clone()));
    if let Some(Arguments {
        instance: Some(instance),
        ..
    }) = &arguments
    {
        errors.at(
            instance,
            "the static below is the instance; `instance` belongs to `#[derive(Singleton)]`",
        );
    }
    if let Some(Arguments { reset: None, .. }) = &arguments {
        errors.push(Error::new(
            Span::call_site(),
            "say how to reset it: `#[singleton(reset = |it| …)]`",
        ));
    }
    errors.finish()?;
    let (Some(arguments), Some((attributes, name))) = (arguments, found) else {
        return Ok(quote!());
    };
    let instance = Path::from(name);
    let it = it(&instance);
    let call = match &arguments.reset {
        Some(Reset::Path(function)) => quote!(#function(#it)),
        Some(Reset::Closure(closure)) => {
            let krate = path(&arguments);
            quote!(#krate::__private::call(#it, #closure))
        }
        None => quote!(),
    };
    // A static that is not there can't be registered.
    let conditions: Vec<_> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .collect();
    let registration = register(&arguments, &instance, &call);
    Ok(quote! {
        #item
        #conditions
        #registration
    })
}

/// What the reset gets; rustc shows it at the name of the instance if its type is wrong.
fn it(instance: &Path) -> Ident {
    Ident::new("__it", Span::mixed_site().located_at(instance.span()))
}

fn register(arguments: &Arguments, instance: &Path, call: &TokenStream) -> TokenStream {
    let krate = path(arguments);
    let Some(name) = instance.segments.last() else {
        return quote!();
    };
    let text = instance.text();
    let full = if instance.get_ident().is_some() {
        quote!(::core::concat!(::core::module_path!(), "::", #text))
    } else {
        // As it was written: where it is, only the compiler knows.
        quote!(#text)
    };
    // Where rustc says that a reset returns something else.
    let at = arguments.reset.as_ref().map_or_else(Span::call_site, Reset::span);
    let it = it(instance);
    let outcome = Ident::new("__outcome", Span::mixed_site().located_at(at));
    let line = quote_spanned!(name.span()=> ::core::line!());
    let mut after = Vec::new();
    for path in &arguments.after {
        let text = path.text();
        after.push(quote!(#krate::__private::Static::new(#text, &#path),));
    }
    quote! {
        const _: () = {
            use #krate::__private::GetInstance as _;
            fn __reset() -> ::core::result::Result<(), #krate::__private::Message> {
                match #krate::__private::Instance(&#instance).get_instance() {
                    ::core::option::Option::Some(#it) => {
                        let #outcome = #call;
                        #krate::__private::reset_outcome(#outcome)
                    }
                    ::core::option::Option::None => ::core::result::Result::Ok(()),
                }
            }
            #krate::__private::inventory::submit! {
                #krate::__private::Entry::new(
                    #full,
                    ::core::file!(),
                    #line,
                    __reset,
                    #krate::__private::Static::new(#text, &#instance),
                    &[#after],
                )
            }
        };
    }
}

fn path(arguments: &Arguments) -> Path {
    arguments.krate.clone().unwrap_or_else(Path::isolate)
}
