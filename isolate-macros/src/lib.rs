//! The attributes of `isolate-test`. Use them through that crate.

mod errors;
mod expand;
mod nearest;
mod parse;
#[cfg(feature = "runtime")]
mod resolve;

use proc_macro::TokenStream;

/// isolated
#[cfg(feature = "runtime")]
#[proc_macro_attribute]
pub fn isolated(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(expand::isolated::expand(attribute.into(), item.into()))
}

/// derive
#[proc_macro_derive(Singleton, attributes(singleton))]
pub fn derive_singleton(item: TokenStream) -> TokenStream {
    finish(expand::singleton::derive(item.into()))
}

/// attribute
#[proc_macro_attribute]
pub fn singleton(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(expand::singleton::attribute(attribute.into(), &item.into()))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
