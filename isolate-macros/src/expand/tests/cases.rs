//! Tests with many cases.

use expect_test::expect;

use super::{check, errors};
use crate::quote::quote;

#[test]
fn each_case_is_a_test() {
    check(
        quote!(group = "api"),
        quote! {
            /// Adds.
            #[allow(unused)]
            #[case(1, "1")]
            #[should_panic]
            #[case::named(-2, "2")]
            #[ignore]
            fn adds(#[case] a: i8, storage: &Storage, #[case] b: &str) {
                f(a, b);
            }
        },
        &expect![[r##"
            #[cfg(test)]
            /// Adds.
            #[allow(unused)]
            fn adds(
                __context: &::isolate::__private::Context,
                __value0: i8,
                __value2: &str,
            ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                fn adds(a: i8, storage: &Storage, b: &str) {
                    f(a, b);
                }
                let __storage = __context.storage()?;
                let __storage: &Storage = __storage;
                ::isolate::__private::outcome(adds(__value0, __storage, __value2))
            }
            #[cfg(test)]
            #[allow(unused)]
            mod adds {
                use super::*;
                fn __isolate_call(
                    __context: &::isolate::__private::Context,
                    __number: ::core::primitive::usize,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    match __number {
                        0usize => adds(__context, 1, "1"),
                        1usize => adds(__context, -2, "2"),
                        _ => ::core::unreachable!(),
                    }
                }
                #[unsafe(link_section = "isolate_tables")]
                static __ISOLATE_TABLE: ::isolate::__private::Table = ::isolate::__private::Table::new(
                        ::isolate::__private::common(
                                ::core::module_path!(),
                                ::core::file!(),
                                ::core::env!("CARGO_MANIFEST_DIR"),
                            )
                            .group("api")
                            .ignored(true),
                        "case_1 case_2_named",
                        &[::core::line!(), ::core::line!()],
                        __isolate_call,
                    )
                    .rows(const {
                        &[
                            ::isolate::__private::Row::new(1usize)
                                .should_panic(::core::option::Option::None),
                        ]
                    });
                fn __isolate_run(number: ::core::primitive::usize) {
                    ::isolate::__private::run_case(&__ISOLATE_TABLE, number);
                }
                #[::core::prelude::v1::test]
                #[ignore]
                fn case_1() {
                    __isolate_run(0usize);
                }
                #[::core::prelude::v1::test]
                #[ignore]
                #[should_panic]
                fn case_2_named() {
                    __isolate_run(1usize);
                }
            }
        "##]],
    );
}

#[test]
fn literals_alone_need_nothing_around() {
    check(
        quote!(),
        quote! {
            #[case(1, "a")]
            fn is_plain(#[case] a: u8, #[case] b: &str) {}
        },
        &expect![[r##"
            #[cfg(test)]
            fn is_plain(a: u8, b: &str) {}
            #[cfg(test)]
            mod is_plain {
                use super::*;
                fn __isolate_call(
                    _: &::isolate::__private::Context,
                    __number: ::core::primitive::usize,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    match __number {
                        0usize => is_plain(1, "a"),
                        _ => ::core::unreachable!(),
                    }
                    ::core::result::Result::Ok(())
                }
                #[unsafe(link_section = "isolate_tables")]
                static __ISOLATE_TABLE: ::isolate::__private::Table = ::isolate::__private::Table::new(
                    ::isolate::__private::common(
                        ::core::module_path!(),
                        ::core::file!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                    ),
                    "case_1",
                    &[::core::line!()],
                    __isolate_call,
                );
                fn __isolate_run(number: ::core::primitive::usize) {
                    ::isolate::__private::run_case(&__ISOLATE_TABLE, number);
                }
                #[::core::prelude::v1::test]
                fn case_1() {
                    __isolate_run(0usize);
                }
            }
        "##]],
    );
}

#[test]
fn texts_are_parsed() {
    check(
        quote!(),
        quote! {
            #[case("1", true)]
            #[case(2, x())]
            fn reads(#[case] a: u8, #[case] b: bool) {}
        },
        &expect![[r##"
            #[cfg(test)]
            fn reads(
                __context: &::isolate::__private::Context,
                __value0: u8,
                __value1: bool,
            ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                fn reads(a: u8, b: bool) {}
                ::isolate::__private::outcome(reads(__value0, __value1))
            }
            #[cfg(test)]
            mod reads {
                use super::*;
                fn __isolate_0(
                    __context: &::isolate::__private::Context,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    reads(
                        __context,
                        {
                            use ::isolate::__private::probes::*;
                            (&&::isolate::__private::Text::<u8>::new("1")).value()?
                        },
                        true,
                    )
                }
                fn __isolate_1(
                    __context: &::isolate::__private::Context,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    reads(__context, 2, x())
                }
                fn __isolate_call(
                    __context: &::isolate::__private::Context,
                    __number: ::core::primitive::usize,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    match __number {
                        0usize => __isolate_0(__context),
                        1usize => __isolate_1(__context),
                        _ => ::core::unreachable!(),
                    }
                }
                #[unsafe(link_section = "isolate_tables")]
                static __ISOLATE_TABLE: ::isolate::__private::Table = ::isolate::__private::Table::new(
                    ::isolate::__private::common(
                        ::core::module_path!(),
                        ::core::file!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                    ),
                    "case_1 case_2",
                    &[::core::line!(), ::core::line!()],
                    __isolate_call,
                );
                fn __isolate_run(number: ::core::primitive::usize) {
                    ::isolate::__private::run_case(&__ISOLATE_TABLE, number);
                }
                #[::core::prelude::v1::test]
                fn case_1() {
                    __isolate_run(0usize);
                }
                #[::core::prelude::v1::test]
                fn case_2() {
                    __isolate_run(1usize);
                }
            }
        "##]],
    );
}

#[test]
fn values_and_files() {
    check(
        quote!(),
        quote! {
            fn combines(#[values(-1, x.y)] a: i8, #[files("sr?/ex*/mod.rs")] b: PathBuf) {}
        },
        &expect![[r##"
            #[cfg(test)]
            fn combines(
                __context: &::isolate::__private::Context,
                __value0: i8,
                __value1: PathBuf,
            ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                fn combines(a: i8, b: PathBuf) {}
                ::isolate::__private::outcome(combines(__value0, __value1))
            }
            #[cfg(test)]
            mod combines {
                use super::*;
                fn __isolate_0(
                    __context: &::isolate::__private::Context,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    combines(
                        __context,
                        -1,
                        ::std::path::PathBuf::from(
                            ::core::concat!(
                                ::core::env!("CARGO_MANIFEST_DIR"), "/", "src/expand/mod.rs"
                            ),
                        ),
                    )
                }
                fn __isolate_1(
                    __context: &::isolate::__private::Context,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    combines(
                        __context,
                        x.y,
                        ::std::path::PathBuf::from(
                            ::core::concat!(
                                ::core::env!("CARGO_MANIFEST_DIR"), "/", "src/expand/mod.rs"
                            ),
                        ),
                    )
                }
                fn __isolate_call(
                    __context: &::isolate::__private::Context,
                    __number: ::core::primitive::usize,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    match __number {
                        0usize => __isolate_0(__context),
                        1usize => __isolate_1(__context),
                        _ => ::core::unreachable!(),
                    }
                }
                #[unsafe(link_section = "isolate_tables")]
                static __ISOLATE_TABLE: ::isolate::__private::Table = ::isolate::__private::Table::new(
                    ::isolate::__private::common(
                        ::core::module_path!(),
                        ::core::file!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                    ),
                    "a_1__1::b_1_src_expand_mod_rs a_2_x_y::b_1_src_expand_mod_rs",
                    &[::core::line!(), ::core::line!()],
                    __isolate_call,
                );
                fn __isolate_run(number: ::core::primitive::usize) {
                    ::isolate::__private::run_case(&__ISOLATE_TABLE, number);
                }
                mod a_1__1 {
                    #[::core::prelude::v1::test]
                    fn b_1_src_expand_mod_rs() {
                        super::__isolate_run(0usize);
                    }
                }
                mod a_2_x_y {
                    #[::core::prelude::v1::test]
                    fn b_1_src_expand_mod_rs() {
                        super::__isolate_run(1usize);
                    }
                }
            }
        "##]],
    );
}

#[test]
fn a_timeout_of_rstest() {
    check(
        quote!(),
        quote!(
            #[timeout(Duration::from_secs(5))]
            fn ends() {}
        ),
        &expect![[r##"
            #[::core::prelude::v1::test]
            fn ends() {
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::plain(
                        ::core::concat!(::core::module_path!(), "::ends"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        ends,
                    )
                    .timeout_ms(::isolate::__private::milliseconds(Duration::from_secs(5)));
                if ::isolate::__private::ran(&__ISOLATE_CASE) {
                    return;
                }
                {}
            }
        "##]],
    );
}

#[test]
fn a_pattern_that_matches_nothing() {
    assert_eq!(
        errors(
            quote!(),
            quote!(
                fn reads(#[files("no/where/*.json")] path: PathBuf) {}
            )
        ),
        [format!(
            "no file in {} matches `no/where/*.json`",
            env!("CARGO_MANIFEST_DIR")
        )]
    );
}
