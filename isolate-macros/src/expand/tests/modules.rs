//! Modules of tests.

use expect_test::expect;

use super::{check, errors, isolated};
use crate::quote::quote;

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
                    #[unsafe(link_section = "isolate_cases")]
                    static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::new(
                            ::core::concat!(::core::module_path!(), "::inherits"),
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
                        #[unsafe(link_section = "isolate_cases")]
                        static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::new(
                                ::core::concat!(::core::module_path!(), "::overrides"),
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
                        ::isolate::__private::run(&__ISOLATE_CASE);
                    }
                }
            }
        "#]],
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
                        #[unsafe(link_section = "isolate_cases")]
                        static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::new(
                                ::core::concat!(::core::module_path!(), "::reads"),
                                ::core::file!(),
                                ::core::line!(),
                                ::core::env!("CARGO_MANIFEST_DIR"),
                                |__context: &::isolate::__private::Context| {
                                    if __context.prepares() {
                                        #[cfg(unix)]
                                        let () = __context.prepare::<__isolate_always>()?;
                                        let () = __context.prepare::<__isolate_outer>()?;
                                        let () = __context.prepare::<__isolate_inner>()?;
                                        return ::core::result::Result::Ok(());
                                    }
                                    __context.give::<__isolate_outer>(__isolate_outer_module::given);
                                    #[cfg(unix)]
                                    let __always = __context.fixture::<__isolate_always>()?;
                                    let __outer = __context.fixture::<__isolate_outer>()?;
                                    let __inner = __context.fixture::<__isolate_inner>()?;
                                    let __outer: &u8 = __outer;
                                    ::isolate::__private::outcome(reads(__outer, __inner))
                                },
                            )
                            .prepares();
                        ::isolate::__private::run(&__ISOLATE_CASE);
                    }
                }
            }
        "#]],
    );
}

#[test]
fn a_module_without_tests_is_a_mistake_unless_others_may_make_some() {
    let message = "no test in here: `#[isolated]` does nothing for this module; write `#[test]` on those of its functions that \
                   are tests";
    for (module, count) in [
        (
            quote!(
                mod a {}
            ),
            1,
        ),
        (
            quote!(
                mod a {
                    #![allow(unused)]
                    use super::*;
                    const A: u8 = vec![1].len() as u8;
                    /// It looks like one.
                    #[allow(dead_code)]
                    fn works() -> ! {}
                    mod inner {
                        fn works() {}
                    }
                }
            ),
            1,
        ),
        (
            quote!(
                mod a {
                    #[test]
                    fn works() {}
                    #[isolated(storage)]
                    mod inner {
                        fn works() {}
                    }
                }
            ),
            1,
        ),
    ] {
        assert_eq!(errors(quote!(), module), vec![message; count]);
    }
    for items in [
        quote!(my::tests! {}),
        quote!(
            #[my_test]
            fn works() {}
        ),
        quote!(
            mod inner;
        ),
        quote!(
            mod inner {
                #[cfg(unix)]
                #[test]
                fn works() {}
            }
        ),
    ] {
        assert!(isolated::expand(quote!(), quote!(mod a { #items }), false).is_ok());
    }
}
