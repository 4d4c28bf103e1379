//! The attributes beside ours.

use tokens::TokenStream;

use super::list;
use crate::syntax::{Attribute, IdentExt, LitStr, Meta, Path, Value};

/// What an attribute is to us.
pub enum Role {
    /// `#[test]`
    Test,
    /// `#[isolated]`, with its arguments.
    Isolated(TokenStream),
    /// `#[should_panic]`, with the expected text.
    ShouldPanic(Option<LitStr>),
    /// `#[ignore]`
    Ignore,
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
    let path = &meta.path;
    let Some(name) = path.segments.last().map(ToString::to_string) else {
        return Role::Other;
    };
    match name.as_str() {
        "test" if is_builtin(path) => Role::Test,
        // `use isolate::isolated as rstest`
        "isolated" | "rstest" => match &meta.value {
            Value::List(list) => Role::Isolated(list.stream()),
            _ => Role::Isolated(TokenStream::new()),
        },
        "should_panic" => Role::ShouldPanic(expected(meta)),
        "ignore" if path.get_ident().is_some() => Role::Ignore,
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
    match &path.segments[..] {
        [_] => true,
        [root, module, ..] => (root.is("core") || root.is("std")) && module.is("prelude"),
        [] => false,
    }
}

fn expected(meta: &Meta) -> Option<LitStr> {
    // If it is malformed, rustc says so, since the attribute stays on the function.
    match &meta.value {
        Value::None => None,
        Value::Assigned(text) => LitStr::parse(text.clone()),
        Value::List(list) => match Meta::parse(list.stream())? {
            Meta {
                path,
                value: Value::Assigned(text),
            } if path.is_ident("expected") => LitStr::parse(text),
            _ => None,
        },
    }
}

fn conditional(meta: &Meta) -> Role {
    let Value::List(list) = &meta.value else {
        return Role::Other;
    };
    let mut parts = list::split(list.stream(), None).into_iter();
    let Some(condition) = parts.next() else {
        return Role::Other;
    };
    let held = parts.filter_map(Meta::parse);
    Role::Conditional(condition, held.map(|meta| role_of(&meta)).collect())
}

#[cfg(test)]
mod tests {
    use tokens::TokenStream;

    use super::{Role, role};
    use crate::quote::quote as a;
    use crate::syntax::{Attribute, Cursor, LitStr};

    fn name(attribute: &TokenStream) -> String {
        fn text(role: &Role) -> String {
            match role {
                Role::Test => "test".into(),
                Role::Isolated(tokens) => format!("isolated({tokens})"),
                Role::ShouldPanic(expected) => format!("should_panic({:?})", expected.as_ref().map(LitStr::value)),
                Role::Conditional(condition, roles) => {
                    format!(
                        "{condition} => {}",
                        roles.iter().map(text).collect::<Vec<_>>().join(", ")
                    )
                }
                Role::Ignore => "ignore".into(),
                Role::OtherTest => "other test".into(),
                Role::Lock => "lock".into(),
                Role::Elsewhere(advice) => (*advice).into(),
                Role::Other => "other".into(),
            }
        }
        let attributes = Attribute::read_all(&mut Cursor::new(attribute.clone()));
        text(&role(&attributes[0]))
    }

    #[test]
    fn knows_attributes_by_their_path() {
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
        assert_eq!(name(&a!(#[ignore = "x"])), "ignore");
        assert_eq!(name(&a!(#[doc = "x"])), "other");
        assert_eq!(
            name(&a!(#[cfg_attr(all(unix, miri), ignore = "slow", should_panic(expected = "x"))])),
            "all (unix , miri) => ignore, should_panic(Some(\"x\"))"
        );
    }
}
