//! Tests on their own.

use expect_test::expect;

use super::check;
use crate::quote::quote;

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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::plain(
                    ::core::concat!(::core::module_path!(), "::passes"),
                    ::core::file!(),
                    ::core::line!(),
                    ::core::env!("CARGO_MANIFEST_DIR"),
                    passes,
                );
                if ::isolate::__private::ran(&__ISOLATE_CASE) {
                    return;
                }
                {
                    assert!(true);
                }
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
            tags("slow", "api"),
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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::new(
                        ::core::concat!(::core::module_path!(), "::lists"),
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
                    .tags(&["slow", "api"])
                    .timeout_ms(90000u64)
                    .main_thread()
                    .threads(::isolate::__private::Policy::Warn);
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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: crate::reexported::__private::TestCase = crate::reexported::__private::plain(
                        ::core::concat!(::core::module_path!(), "::panics"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        panics,
                    )
                    .ignored(true)
                    .should_panic(::core::option::Option::Some("full"));
                if crate::reexported::__private::ran(&__ISOLATE_CASE) {
                    return;
                }
                { panic!() }
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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = {
                    let case = ::isolate::__private::new(
                        ::core::concat!(::core::module_path!(), "::r#match"),
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
                ::isolate::__private::run(&__ISOLATE_CASE);
            }
        "##]],
    );
}

#[test]
fn what_it_has_for_itself() {
    check(
        quote!(network, files = "prefer"),
        quote!(
            fn binds_port_80() {}
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            fn binds_port_80() {
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::plain(
                        ::core::concat!(::core::module_path!(), "::binds_port_80"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        binds_port_80,
                    )
                    .network(::isolate::__private::Need::Require)
                    .files(::isolate::__private::Need::Prefer);
                if ::isolate::__private::ran(&__ISOLATE_CASE) {
                    return;
                }
                {}
            }
        "##]],
    );
}

#[test]
fn limits() {
    check(
        quote!(limits(memory = "512M", processes = 32, files = 64, cpu = "10s")),
        quote!(
            fn is_modest() {}
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            fn is_modest() {
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::plain(
                        ::core::concat!(::core::module_path!(), "::is_modest"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        is_modest,
                    )
                    .process(true)
                    .limit_memory(536870912u64)
                    .limit_processes(32u32)
                    .limit_files(64u32)
                    .limit_cpu(10u32);
                if ::isolate::__private::ran(&__ISOLATE_CASE) {
                    return;
                }
                {}
            }
        "##]],
    );
}
