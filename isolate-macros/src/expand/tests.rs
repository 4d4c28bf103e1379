//! Snapshots of expansions, one for each part of what a test may say. `UPDATE_EXPECT=1 cargo test` rewrites them.
#![allow(clippy::needless_raw_string_hashes, reason = "as it writes them")]

use expect_test::Expect;
use tokens::TokenStream;

mod cases;
mod fixtures;
mod mistakes;
mod modules;
mod single;
mod singletons;

use super::isolated;

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

fn check(attribute: TokenStream, item: TokenStream, expected: &Expect) {
    expected.assert_eq(&pretty(isolated::expand(attribute, item, false).unwrap()));
}

fn errors(attribute: TokenStream, item: TokenStream) -> Vec<String> {
    let error = isolated::expand(attribute, item, false).unwrap_err();
    error.messages().into_iter().map(String::from).collect()
}
