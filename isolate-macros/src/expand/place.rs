//! Where a test stands, written as literals: `file!()`, `line!()` and `env!()` take rustc more time, which shows with
//! thousands of tests.

use tokens::{Ident, Span, TokenStream};

use crate::quote::{quote, quote_spanned};

/// Where a test stands.
pub struct Place {
    /// Its file, as rustc was given it.
    pub file: TokenStream,
    /// The line of its name.
    pub line: TokenStream,
    /// The directory of its package.
    pub directory: TokenStream,
}

impl Place {
    /// That of a test's name.
    pub fn of(name: &Ident) -> Self {
        let (file, line) = known(name.span()).unwrap_or_else(|| {
            // The line of the name, also if the attribute begins above it.
            (quote!(::core::file!()), quote_spanned!(name.span()=> ::core::line!()))
        });
        Self {
            file,
            line,
            directory: directory(),
        }
    }
}

/// The line at a span.
pub fn line(at: Span) -> TokenStream {
    known(at).map_or_else(|| quote_spanned!(at=> ::core::line!()), |(_, line)| line)
}

/// File and line, if it is a file of this package, and not one of a macro from elsewhere.
#[cfg(not(test))]
fn known(at: Span) -> Option<(TokenStream, TokenStream)> {
    let file = at.file();
    let is_ours = !file.is_empty() && !file.starts_with(['/', '<']);
    is_ours.then(|| {
        let line = tokens::Literal::usize_unsuffixed(at.line());
        (quote!(#file), tokens::TokenTree::from(line).into())
    })
}

#[cfg(not(test))]
fn directory() -> TokenStream {
    std::env::var("CARGO_MANIFEST_DIR").map_or_else(
        |_| quote!(::core::env!("CARGO_MANIFEST_DIR")),
        |directory| quote!(#directory),
    )
}

/// In unit tests, spans know no lines.
#[cfg(test)]
fn known(_: Span) -> Option<(TokenStream, TokenStream)> {
    None
}

#[cfg(test)]
fn directory() -> TokenStream {
    quote!(::core::env!("CARGO_MANIFEST_DIR"))
}
