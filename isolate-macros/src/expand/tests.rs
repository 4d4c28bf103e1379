//! Snapshots of expansions, one for each part of what a test may say. `UPDATE_EXPECT=1 cargo test` rewrites them.
#![allow(clippy::needless_raw_string_hashes, reason = "as it writes them")]

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::{isolated, singleton};

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

fn check(attribute: TokenStream, item: TokenStream, expected: &Expect) {
    expected.assert_eq(&pretty(isolated::expand(attribute, item, false).unwrap()));
}

fn errors(attribute: TokenStream, item: TokenStream) -> Vec<String> {
    isolated::expand(attribute, item, false)
        .unwrap_err()
        .into_iter()
        .map(|error| error.to_string())
        .collect()
}

#[test]
fn a_bare_test() {
    check(
        quote!(),
        quote!(
            #[test]
            fn passes() {
                assert!(true);
            }
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            fn passes() {
                fn passes() {
                    assert!(true);
                }
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                    ::core::concat!(::core::module_path!(), "::", "passes"),
                    ::core::file!(),
                    ::core::line!(),
                    ::core::env!("CARGO_MANIFEST_DIR"),
                    |__context: &::isolate::__private::Context| {
                        ::isolate::__private::outcome(passes())
                    },
                );
                ::isolate::__private::inventory::submit! {
                    ::isolate::__private::Registered(& __ISOLATE_CASE)
                }
                ::isolate::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
}

#[test]
fn everything_at_once() {
    check(
        quote!(
            db(schema = "schema.sql"),
            storage,
            port(api, mock),
            group = "api",
            timeout = "1m30s",
            main_thread,
            leaks(threads = "warn")
        ),
        quote! {
            /// Lists sessions.
            #[allow(unused)]
            pub(crate) fn lists(_mock: &Port, db: &isolate::Db) -> Result<()> {
                #![warn(clippy::all)]
                storage.path();
                Ok(())
            }
        },
        &expect![[r##"
            #[::core::prelude::v1::test]
            /// Lists sessions.
            #[allow(unused)]
            pub(crate) fn lists() {
                fn lists(
                    _mock: &Port,
                    db: &isolate::Db,
                    storage: &::isolate::__private::Storage,
                    api: &::isolate::__private::Port,
                ) -> Result<()> {
                    #![warn(clippy::all)]
                    let _ = storage;
                    let _ = api;
                    {
                        storage.path();
                        Ok(())
                    }
                }
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                        ::core::concat!(::core::module_path!(), "::", "lists"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &::isolate::__private::Context| {
                            let __db = __context.db(::core::option::Option::Some("schema.sql"))?;
                            let __storage = __context.storage()?;
                            let __api = __context.port("api")?;
                            let __mock = __context.port("mock")?;
                            let __mock: &Port = __mock;
                            let __db: &isolate::Db = __db;
                            let __outcome = lists(__mock, __db, __storage, __api);
                            ::isolate::__private::outcome(__outcome)
                        },
                    )
                    .group("api")
                    .timeout_ms(90000u64)
                    .main_thread()
                    .threads(::isolate::__private::Policy::Warn);
                ::isolate::__private::inventory::submit! {
                    ::isolate::__private::Registered(& __ISOLATE_CASE)
                }
                ::isolate::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
}

#[test]
fn a_test_that_should_panic_and_one_that_may() {
    check(
        quote!(crate = crate::reexported),
        quote!(
            #[should_panic(expected = "full")]
            #[ignore = "slow"]
            fn panics() {
                panic!()
            }
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            #[should_panic(expected = "full")]
            #[ignore = "slow"]
            fn panics() {
                fn panics() {
                    panic!()
                }
                static __ISOLATE_CASE: crate::reexported::__private::TestCase = crate::reexported::__private::TestCase::new(
                        ::core::concat!(::core::module_path!(), "::", "panics"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &crate::reexported::__private::Context| {
                            crate::reexported::__private::outcome(panics())
                        },
                    )
                    .should_panic(::core::option::Option::Some("full"));
                crate::reexported::__private::inventory::submit! {
                    crate ::reexported::__private::Registered(& __ISOLATE_CASE)
                }
                crate::reexported::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
    check(
        quote!(),
        quote!(
            #[cfg_attr(all(unix, miri), should_panic)]
            fn r#match() -> Result<()> {
                panic!()
            }
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            #[cfg_attr(all(unix, miri), should_panic)]
            fn r#match() {
                fn r#match() -> Result<()> {
                    panic!()
                }
                static __ISOLATE_CASE: ::isolate::__private::TestCase = {
                    let case = ::isolate::__private::TestCase::new(
                        ::core::concat!(::core::module_path!(), "::", "r#match"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &::isolate::__private::Context| {
                            let __outcome = r#match();
                            ::isolate::__private::outcome(__outcome)
                        },
                    );
                    if ::core::cfg!(all(unix, miri)) {
                        case.should_panic(::core::option::Option::None)
                    } else {
                        case
                    }
                };
                ::isolate::__private::inventory::submit! {
                    ::isolate::__private::Registered(& __ISOLATE_CASE)
                }
                ::isolate::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
}

#[test]
fn a_module_of_tests() {
    check(
        quote!(db(schema = "a.sql"), port(api), group = "outer", timeout = "1s"),
        quote! {
            mod tests {
                use super::*;
                #[test]
                fn inherits() {}
                fn helper() {}
                mod inner {
                    #[isolated(port(mock), db(schema = "b.sql"), group = "inner")]
                    fn overrides() {}
                }
            }
        },
        &expect![[r#"
            mod tests {
                use super::*;
                #[::core::prelude::v1::test]
                fn inherits() {
                    fn inherits(db: &::isolate::__private::Db, api: &::isolate::__private::Port) {
                        let _ = db;
                        let _ = api;
                        {}
                    }
                    static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                            ::core::concat!(::core::module_path!(), "::", "inherits"),
                            ::core::file!(),
                            ::core::line!(),
                            ::core::env!("CARGO_MANIFEST_DIR"),
                            |__context: &::isolate::__private::Context| {
                                let __db = __context.db(::core::option::Option::Some("a.sql"))?;
                                let __api = __context.port("api")?;
                                ::isolate::__private::outcome(inherits(__db, __api))
                            },
                        )
                        .group("outer")
                        .timeout_ms(1000u64);
                    ::isolate::__private::inventory::submit! {
                        ::isolate::__private::Registered(& __ISOLATE_CASE)
                    }
                    ::isolate::__private::run(&__ISOLATE_CASE);
                }
                fn helper() {}
                mod inner {
                    #[::core::prelude::v1::test]
                    fn overrides() {
                        fn overrides(
                            db: &::isolate::__private::Db,
                            api: &::isolate::__private::Port,
                            mock: &::isolate::__private::Port,
                        ) {
                            let _ = db;
                            let _ = api;
                            let _ = mock;
                            {}
                        }
                        static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                                ::core::concat!(::core::module_path!(), "::", "overrides"),
                                ::core::file!(),
                                ::core::line!(),
                                ::core::env!("CARGO_MANIFEST_DIR"),
                                |__context: &::isolate::__private::Context| {
                                    let __db = __context.db(::core::option::Option::Some("b.sql"))?;
                                    let __api = __context.port("api")?;
                                    let __mock = __context.port("mock")?;
                                    ::isolate::__private::outcome(overrides(__db, __api, __mock))
                                },
                            )
                            .group("inner")
                            .timeout_ms(1000u64);
                        ::isolate::__private::inventory::submit! {
                            ::isolate::__private::Registered(& __ISOLATE_CASE)
                        }
                        ::isolate::__private::run(&__ISOLATE_CASE);
                    }
                }
            }
        "#]],
    );
}

#[test]
fn all_mistakes_are_reported() {
    assert_eq!(
        errors(
            quote!(storge, group = 1),
            quote!(
                async fn f(prot: &Port) {}
            )
        ),
        [
            "unknown argument `storge`; did you mean `storage`?",
            "`group` takes a string, as in `group = \"ui\"`",
            "async tests are not supported yet"
        ]
    );
    assert_eq!(
        errors(
            quote!(port(api)),
            quote!(
                fn f(apy: &Port, storage: &Storage, _storage: &Storage) {}
            )
        ),
        [
            "no fixture is named `apy`; did you mean `api`?",
            "`storage` is already a parameter of this test"
        ]
    );
    assert_eq!(
        errors(
            quote!(x),
            quote!(
                mod m {
                    #[test]
                    fn f(a: u8) {}
                    mod n {
                        #[isolated(b)]
                        fn g() {}
                    }
                }
            )
        ),
        [
            "unknown argument `x`; expected `db`, `port`, `storage`, `capture`, `env`, `mocks`, `test`, `threads`, `tracker`, `group`, `timeout`, `main_thread`, `leaks` or `crate`",
            "no fixture is named `a`; expected `db`, `port`, `storage`, `capture`, `env`, `mocks`, `test`, `threads` or `tracker`",
            "unknown argument `b`; did you mean `db`?"
        ]
    );
}

#[test]
fn a_derived_singleton() {
    let tokens = singleton::derive(quote! {
        #[singleton(instance = CACHE, reset = Cache::clear, after = [crate::POOL, COUNT])]
        struct Cache;
    });
    expect![[r#"
        const _: () = {
            use ::isolate::__private::GetInstance as _;
            fn __reset() -> ::core::result::Result<(), ::isolate::__private::Message> {
                match ::isolate::__private::Instance(&CACHE).get_instance() {
                    ::core::option::Option::Some(__it) => {
                        let __outcome = Cache::clear(__it);
                        ::isolate::__private::reset_outcome(__outcome)
                    }
                    ::core::option::Option::None => ::core::result::Result::Ok(()),
                }
            }
            ::isolate::__private::inventory::submit! {
                ::isolate::__private::Entry::new(::core::concat!(::core::module_path!(), "::",
                "CACHE"), ::core::file!(), ::core::line!(), __reset,
                ::isolate::__private::Static::new("CACHE", & CACHE), &
                [::isolate::__private::Static::new("crate::POOL", & crate ::POOL),
                ::isolate::__private::Static::new("COUNT", & COUNT)],)
            }
        };
    "#]]
    .assert_eq(&pretty(tokens.unwrap()));
    let tokens = singleton::derive(quote! {
        #[singleton(instance = CACHE)]
        struct Cache;
    });
    expect![[r#"
        const _: () = {
            use ::isolate::__private::GetInstance as _;
            fn __reset() -> ::core::result::Result<(), ::isolate::__private::Message> {
                match ::isolate::__private::Instance(&CACHE).get_instance() {
                    ::core::option::Option::Some(__it) => {
                        let __outcome = Cache::reset(__it);
                        ::isolate::__private::reset_outcome(__outcome)
                    }
                    ::core::option::Option::None => ::core::result::Result::Ok(()),
                }
            }
            ::isolate::__private::inventory::submit! {
                ::isolate::__private::Entry::new(::core::concat!(::core::module_path!(), "::",
                "CACHE"), ::core::file!(), ::core::line!(), __reset,
                ::isolate::__private::Static::new("CACHE", & CACHE), & [],)
            }
        };
    "#]]
    .assert_eq(&pretty(tokens.unwrap()));
}

#[test]
fn a_singleton_static() {
    let tokens = singleton::attribute(
        quote!(reset = |count| count.store(0, Relaxed), crate = isolated),
        &quote!(
            #[cfg(unix)]
            pub static COUNT: AtomicUsize = AtomicUsize::new(0);
        ),
    );
    expect![[r##"
        #[cfg(unix)]
        pub static COUNT: AtomicUsize = AtomicUsize::new(0);
        #[cfg(unix)]
        const _: () = {
            use isolated::__private::GetInstance as _;
            fn __reset() -> ::core::result::Result<(), isolated::__private::Message> {
                match isolated::__private::Instance(&COUNT).get_instance() {
                    ::core::option::Option::Some(__it) => {
                        let __outcome = isolated::__private::call(
                            __it,
                            |count| count.store(0, Relaxed),
                        );
                        isolated::__private::reset_outcome(__outcome)
                    }
                    ::core::option::Option::None => ::core::result::Result::Ok(()),
                }
            }
            isolated::__private::inventory::submit! {
                isolated::__private::Entry::new(::core::concat!(::core::module_path!(), "::",
                "COUNT"), ::core::file!(), ::core::line!(), __reset,
                isolated::__private::Static::new("COUNT", & COUNT), & [],)
            }
        };
    "##]]
    .assert_eq(&pretty(tokens.unwrap()));
}
