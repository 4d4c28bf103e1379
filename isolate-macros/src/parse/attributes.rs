//! The attributes beside ours.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path, Token};

/// What an attribute is to us.
pub enum Role {
    /// `#[test]`
    Test,
    /// `#[isolated]`, with its arguments.
    Isolated(TokenStream),
    /// `#[should_panic]`, with the expected text.
    ShouldPanic(Option<LitStr>),
    /// `#[cfg_attr(condition, …)]`, with the roles of what it holds.
    Conditional(TokenStream, Vec<Role>),
    /// A macro that makes a test of its own.
    OtherTest,
    /// A macro that orders tests by a lock of its own.
    Lock,
    /// Something of `rstest` that is said in another way here.
    Elsewhere(&'static str),
    /// Anything else: none of our business.
    Other,
}

/// Tells what an attribute is, by its path.
pub fn role(attribute: &Attribute) -> Role {
    role_of(&attribute.meta)
}

fn role_of(meta: &Meta) -> Role {
    let path = meta.path();
    let Some(name) = path.segments.last().map(|segment| segment.ident.to_string()) else {
        return Role::Other;
    };
    match name.as_str() {
        "test" if is_builtin(path) => Role::Test,
        // `use isolate::isolated as rstest`
        "isolated" | "rstest" => match meta {
            Meta::List(list) => Role::Isolated(list.tokens.clone()),
            _ => Role::Isolated(TokenStream::new()),
        },
        "should_panic" => Role::ShouldPanic(expected(meta)),
        "cfg_attr" => conditional(meta),
        "test" | "bench" | "test_case" | "test_matrix" | "quickcheck" | "wasm_bindgen_test" => Role::OtherTest,
        "serial" | "parallel" | "file_serial" | "file_parallel" => Role::Lock,
        "timeout" if path.get_ident().is_some() => {
            Role::Elsewhere("a case can't have a timeout of its own: put this behind the last one")
        }
        "trace" if path.get_ident().is_some() => Role::Elsewhere("leave this out: arguments aren't printed"),
        _ => Role::Other,
    }
}

/// `test`, or the same by its full path, as other macros write it.
fn is_builtin(path: &Path) -> bool {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    names.len() == 1 || (names[0] == "core" || names[0] == "std") && names[1] == "prelude"
}

fn expected(meta: &Meta) -> Option<LitStr> {
    let value = match meta {
        Meta::Path(_) => return None,
        Meta::NameValue(pair) => pair.value.clone(),
        Meta::List(list) => {
            let pair: syn::MetaNameValue = syn::parse2(list.tokens.clone()).ok()?;
            pair.path.is_ident("expected").then_some(pair.value)?
        }
    };
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) => Some(text),
        // Malformed: rustc says so, since the attribute stays on the function.
        _ => None,
    }
}

fn conditional(meta: &Meta) -> Role {
    let Meta::List(list) = meta else { return Role::Other };
    let Ok(parts) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()) else {
        return Role::Other;
    };
    let mut parts = parts.iter();
    let Some(condition) = parts.next() else {
        return Role::Other;
    };
    Role::Conditional(
        quote::ToTokens::to_token_stream(condition),
        parts.map(role_of).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Role, role};

    fn name(attribute: &syn::Attribute) -> String {
        fn text(role: &Role) -> String {
            match role {
                Role::Test => "test".into(),
                Role::Isolated(tokens) => format!("isolated({tokens})"),
                Role::ShouldPanic(expected) => format!("should_panic({:?})", expected.as_ref().map(syn::LitStr::value)),
                Role::Conditional(condition, roles) => {
                    format!(
                        "{condition} => {}",
                        roles.iter().map(text).collect::<Vec<_>>().join(", ")
                    )
                }
                Role::OtherTest => "other test".into(),
                Role::Lock => "lock".into(),
                Role::Elsewhere(advice) => (*advice).into(),
                Role::Other => "other".into(),
            }
        }
        text(&role(attribute))
    }

    #[test]
    fn knows_attributes_by_their_path() {
        use syn::parse_quote as a;
        assert_eq!(name(&a!(#[test])), "test");
        assert_eq!(name(&a!(#[::core::prelude::v1::test])), "test");
        assert_eq!(name(&a!(#[tokio::test(flavor = "x")])), "other test");
        assert_eq!(name(&a!(#[rstest])), "isolated()");
        assert_eq!(name(&a!(#[serial_test::serial(a)])), "lock");
        assert_eq!(name(&a!(#[isolate::isolated(db, port)])), "isolated(db , port)");
        assert_eq!(name(&a!(#[isolated])), "isolated()");
        assert_eq!(name(&a!(#[should_panic])), "should_panic(None)");
        assert_eq!(name(&a!(#[should_panic = "x"])), "should_panic(Some(\"x\"))");
        assert_eq!(name(&a!(#[should_panic(expected = "x")])), "should_panic(Some(\"x\"))");
        assert_eq!(name(&a!(#[doc = "x"])), "other");
        assert_eq!(
            name(&a!(#[cfg_attr(all(unix, miri), ignore = "slow", should_panic(expected = "x"))])),
            "all (unix , miri) => other, should_panic(Some(\"x\"))"
        );
    }
}
