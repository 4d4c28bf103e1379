//! Fixtures that somebody wrote, and tests that ask for them.

use expect_test::expect;

use super::{check, pretty};
use crate::expand::fixture;
use crate::quote::quote;

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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::new(
                        ::core::concat!(::core::module_path!(), "::reads"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &::isolate::__private::Context| {
                            if __context.prepares() {
                                let () = __context.prepare::<__isolate_list>()?;
                                let () = __context.prepare::<__isolate_name>()?;
                                let () = __context.prepare::<__isolate_owned>()?;
                                return ::core::result::Result::Ok(());
                            }
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
                    )
                    .prepares();
                ::isolate::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "it is one expansion")]
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
            fn prepare(
                __context: &::isolate::__private::Context,
            ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                type __isolate_other = other;
                let () = __context.prepare::<__isolate_other>()?;
                ::core::result::Result::Ok(())
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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::new(
                        ::core::concat!(::core::module_path!(), "::reads"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &::isolate::__private::Context| {
                            if __context.prepares() {
                                let () = __context.prepare::<__isolate_far>()?;
                                return ::core::result::Result::Ok(());
                            }
                            let __entered = __context.enter()?;
                            let __far = __context.fixture::<__isolate_far>()?;
                            let __far: &str = __far;
                            let __outcome = __context.block_on(reads(__far))?;
                            ::isolate::__private::outcome(__outcome)
                        },
                    )
                    .prepares()
                    .tasks(::isolate::__private::Policy::Warn)
                    .multi_thread();
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
