//! Snapshots of expansions, one for each part of what a test may say. `UPDATE_EXPECT=1 cargo test` rewrites them.
#![allow(clippy::needless_raw_string_hashes, reason = "as it writes them")]

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

mod cases;

use super::{fixture, isolated, singleton};

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
fn a_test_with_fixtures() {
    check(
        quote!(list(rows = 3), name),
        quote!(
            fn reads(_list: &[u8], owned: String) {}
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            fn reads() {
                mod __isolate_list_module {
                    use super::*;
                    use ::isolate::__private::keywords::*;
                    pub(super) type Function = list;
                }
                type __isolate_list = __isolate_list_module::Function;
                type __isolate_name = name;
                type __isolate_owned = owned;
                const _: () = ::core::assert!(
                    < __isolate_list as ::isolate::__private::FixtureFunction > ::SCOPE as
                    ::core::primitive::u8 == ::isolate::__private::Scope::Test as
                    ::core::primitive::u8,
                    "fixture `list` lives longer than one test: no test can choose its `rows` for the others"
                );
                const _: () = ::core::assert!(
                    < __isolate_owned as ::isolate::__private::FixtureFunction > ::SCOPE as
                    ::core::primitive::u8 == ::isolate::__private::Scope::Test as
                    ::core::primitive::u8,
                    "fixture `owned` lives longer than one test, and can only be borrowed: write `owned: &…`"
                );
                fn reads(
                    _list: &[u8],
                    owned: String,
                    name: &<__isolate_name as ::isolate::__private::FixtureFunction>::Value,
                ) {
                    let _ = name;
                    {}
                }
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                    ::core::concat!(::core::module_path!(), "::", "reads"),
                    ::core::file!(),
                    ::core::line!(),
                    ::core::env!("CARGO_MANIFEST_DIR"),
                    |__context: &::isolate::__private::Context| {
                        {
                            fn given() -> __isolate_list {
                                let mut __fixture = <__isolate_list as ::isolate::__private::FixtureFunction>::unset();
                                __fixture.rows = ::core::option::Option::Some(3);
                                __fixture
                            }
                            __context.give::<__isolate_list>(given);
                        }
                        let __list = __context.fixture::<__isolate_list>()?;
                        let __name = __context.fixture::<__isolate_name>()?;
                        let __owned = __context.owned::<__isolate_owned>()?;
                        let __list: &[u8] = __list;
                        let __owned: String = __owned;
                        ::isolate::__private::outcome(reads(__list, __owned, __name))
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
fn a_module_with_fixtures() {
    check(
        quote!(outer(rows = 3), inner),
        quote!(
            mod tests {
                #[fixture]
                fn inner() {}
                #[cfg(unix)]
                #[fixture(scope = "worker", autouse)]
                fn always() {}
                mod deeper {
                    #[test]
                    fn reads(outer: &u8) {}
                }
            }
        ),
        &expect![[r#"
            mod tests {
                #[fixture]
                fn inner() {}
                #[cfg(unix)]
                #[fixture(scope = "worker")]
                fn always() {}
                mod deeper {
                    #[::core::prelude::v1::test]
                    fn reads() {
                        #[cfg(unix)]
                        type __isolate_always = super::always;
                        mod __isolate_outer_module {
                            use super::*;
                            use super::super::super::*;
                            pub(super) fn given() -> outer {
                                let mut __fixture = <outer as ::isolate::__private::FixtureFunction>::unset();
                                __fixture.rows = ::core::option::Option::Some(3);
                                __fixture
                            }
                            pub(super) type Function = outer;
                        }
                        type __isolate_outer = __isolate_outer_module::Function;
                        mod __isolate_inner_module {
                            use super::*;
                            use super::super::*;
                            pub(super) type Function = inner;
                        }
                        type __isolate_inner = __isolate_inner_module::Function;
                        const _: () = ::core::assert!(
                            < __isolate_outer as ::isolate::__private::FixtureFunction > ::SCOPE as
                            ::core::primitive::u8 == ::isolate::__private::Scope::Test as
                            ::core::primitive::u8,
                            "fixture `outer` lives longer than one test: no test can choose its `rows` for the others"
                        );
                        fn reads(
                            outer: &u8,
                            inner: &<__isolate_inner as ::isolate::__private::FixtureFunction>::Value,
                        ) {
                            let _ = inner;
                            {}
                        }
                        static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                            ::core::concat!(::core::module_path!(), "::", "reads"),
                            ::core::file!(),
                            ::core::line!(),
                            ::core::env!("CARGO_MANIFEST_DIR"),
                            |__context: &::isolate::__private::Context| {
                                __context.give::<__isolate_outer>(__isolate_outer_module::given);
                                #[cfg(unix)]
                                let __always = __context.fixture::<__isolate_always>()?;
                                let __outer = __context.fixture::<__isolate_outer>()?;
                                let __inner = __context.fixture::<__isolate_inner>()?;
                                let __outer: &u8 = __outer;
                                ::isolate::__private::outcome(reads(__outer, __inner))
                            },
                        );
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
fn a_fixture() {
    let tokens = fixture::expand(
        quote!(scope = "test", port(api)),
        quote!(
            /// Documented.
            #[cfg(unix)]
            pub(crate) fn rows(
                api: &Port,
                other: &u8,
                #[default(10)] mut count: usize,
                #[default("x")] text: &str,
            ) -> Result<Vec<u8>, Error> {
                body()
            }
        ),
    );
    expect![[r#"
        /// Documented.
        #[cfg(unix)]
        pub(crate) fn rows(
            api: &Port,
            other: &u8,
            mut count: usize,
            text: &str,
        ) -> Result<Vec<u8>, Error> {
            body()
        }
        #[cfg(unix)]
        #[doc(hidden)]
        pub(crate) struct rows {
            pub(crate) count: ::core::option::Option<usize>,
            pub(crate) text: ::core::option::Option<&'static str>,
        }
        #[cfg(unix)]
        impl ::isolate::__private::FixtureFunction for rows {
            type Value = Vec<u8>;
            const NAME: &'static ::core::primitive::str = "rows";
            const FILE: &'static ::core::primitive::str = ::core::file!();
            const LINE: ::core::primitive::u32 = ::core::line!();
            const SCOPE: ::isolate::__private::Scope = ::isolate::__private::Scope::Test;
            const SEND: ::core::primitive::bool = {
                use ::isolate::__private::NotSend as _;
                ::isolate::__private::IsSend::<Self::Value>::VALUE
            };
            const ACYCLIC: ::core::primitive::bool = {
                type __isolate_other = other;
                <__isolate_other as ::isolate::__private::FixtureFunction>::ACYCLIC & true
            };
            fn unset() -> Self {
                Self {
                    count: ::core::option::Option::None,
                    text: ::core::option::Option::None,
                }
            }
            fn build(
                self,
                __context: &::isolate::__private::Context,
            ) -> ::core::result::Result<Self::Value, ::isolate::__private::Failure> {
                type __isolate_other = other;
                let __api = __context.port("api")?;
                let __other = __context.fixture::<__isolate_other>()?;
                let __api: &Port = __api;
                let __other: &u8 = __other;
                match rows(
                    __api,
                    __other,
                    self.count.unwrap_or_else(|| 10),
                    self.text.unwrap_or_else(|| "x"),
                ) {
                    ::core::result::Result::Ok(__value) => ::core::result::Result::Ok(__value),
                    ::core::result::Result::Err(__error) => {
                        use ::isolate::__private::probes::*;
                        ::core::result::Result::Err(
                            (&&::isolate::__private::Reason(&__error)).failure(),
                        )
                    }
                }
            }
            fn hooks() -> ::isolate::__private::Hooks<Self::Value> {
                use ::isolate::__private::probes::*;
                (&&&::isolate::__private::Probe::<Self::Value>::new()).hooks()
            }
        }
        #[cfg(unix)]
        #[doc(hidden)]
        impl rows {
            pub(crate) fn parameter_3(&mut self, value: usize) {
                self.count = ::core::option::Option::Some(value);
            }
            pub(crate) fn parameter_4(&mut self, value: &'static str) {
                self.text = ::core::option::Option::Some(value);
            }
        }
        #[cfg(unix)]
        const _: () = {
            type __isolate_other = other;
            ::core::assert!(< rows as ::isolate::__private::FixtureFunction > ::ACYCLIC);
        };
    "#]]
    .assert_eq(&pretty(tokens.unwrap()));
}

#[test]
fn an_async_test_and_fixture() {
    check(
        quote!(runtime = "multi-thread", leaks(tasks = "warn")),
        quote!(
            async fn reads(far: &str) -> Result<()> {
                far.await
            }
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            fn reads() {
                type __isolate_far = far;
                async fn reads(far: &str) -> Result<()> {
                    far.await
                }
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                        ::core::concat!(::core::module_path!(), "::", "reads"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &::isolate::__private::Context| {
                            let __entered = __context.enter()?;
                            let __far = __context.fixture::<__isolate_far>()?;
                            let __far: &str = __far;
                            let __outcome = __context.block_on(reads(__far))?;
                            ::isolate::__private::outcome(__outcome)
                        },
                    )
                    .tasks(::isolate::__private::Policy::Warn)
                    .multi_thread();
                ::isolate::__private::inventory::submit! {
                    ::isolate::__private::Registered(& __ISOLATE_CASE)
                }
                ::isolate::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
    let tokens = fixture::expand(
        quote!(scope = "session"),
        quote!(
            async fn far() -> String {
                later().await
            }
        ),
    );
    let text = pretty(tokens.unwrap());
    let from = text.find("fn build").unwrap();
    expect![[r#"
        fn build(
                self,
                __context: &::isolate::__private::Context,
            ) -> ::core::result::Result<Self::Value, ::isolate::__private::Failure> {
                __context.block_on(far())
            }
            fn hooks() -> ::isolate::__private::Hooks<Self::Value> {
                use ::isolate::__private::probes::*;
                (&&&::isolate::__private::Probe::<Self::Value>::new()).hooks()
            }
            fn codec() -> ::core::option::Option<::isolate::__private::Codec<Self::Value>> {
                ::core::option::Option::Some(::isolate::__private::Codec::<Self::Value>::of())
            }
        }
        const _: () = {
            ::core::assert!(< far as ::isolate::__private::FixtureFunction > ::ACYCLIC);
        };
    "#]]
    .assert_eq(&text[from..]);
}

#[test]
fn all_mistakes_are_reported() {
    assert_eq!(
        errors(
            quote!(storge = 5, group = 1),
            quote!(
                const fn f((a, b): &Port) {}
            )
        ),
        [
            "unknown argument `storge`; expected `group`, `timeout`, `main_thread`, `leaks`, `runtime` or `crate`",
            "`group` takes a string, as in `group = \"ui\"`",
            "a parameter is named after its fixture: it can't be a pattern",
            "a test can't be `const`"
        ]
    );
    assert_eq!(
        errors(
            quote!(port(api, api)),
            quote!(
                fn f(storage: &Storage, _storage: &Storage) {}
            )
        ),
        [
            "the port `api` is named twice",
            "`storage` is already a parameter of this test"
        ]
    );
    assert_eq!(
        errors(
            quote!(x = 1),
            quote!(
                mod m {
                    #[test]
                    fn f(self) {}
                    mod n {
                        #[isolated(b())]
                        fn g() {}
                    }
                }
            )
        ),
        [
            "unknown argument `x`; expected `group`, `timeout`, `main_thread`, `leaks`, `runtime` or `crate`",
            "a test is a free function: it has no `self`",
            "write `b`, or `b(parameter = value)`"
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
