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
            #[case::named(2, "2")]
            #[ignore]
            fn adds(#[case] a: u8, storage: &Storage, #[case] b: u16) {
                f(a, b);
            }
        },
        &expect![[r##"
            #[cfg(test)]
            /// Adds.
            #[allow(unused)]
            fn adds(
                __context: &::isolate::__private::Context,
                __value0: u8,
                __value2: u16,
            ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                fn adds(a: u8, storage: &Storage, b: u16) {
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
                fn __isolate_0(
                    __context: &::isolate::__private::Context,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    adds(
                        __context,
                        1,
                        {
                            use ::isolate::__private::probes::*;
                            (&&::isolate::__private::Text::<u16>::new("1")).value()?
                        },
                    )
                }
                fn __isolate_1(
                    __context: &::isolate::__private::Context,
                ) -> ::core::result::Result<(), ::isolate::__private::Failure> {
                    adds(
                        __context,
                        2,
                        {
                            use ::isolate::__private::probes::*;
                            (&&::isolate::__private::Text::<u16>::new("2")).value()?
                        },
                    )
                }
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASES: [::isolate::__private::TestCase; 2usize] = ::isolate::__private::TestCase::cases(
                    [const {
                        ::isolate::__private::TestCase::of_cases(
                                ::core::file!(),
                                ::core::env!("CARGO_MANIFEST_DIR"),
                            )
                            .group("api")
                            .ignored(true)
                    }; 2usize],
                    &[
                        ::isolate::__private::Row(
                            ::core::concat!(::core::module_path!(), "::case_1"),
                            __isolate_0,
                            ::core::line!(),
                            ::core::option::Option::None,
                            false,
                        ),
                        ::isolate::__private::Row(
                                ::core::concat!(::core::module_path!(), "::case_2_named"),
                                __isolate_1,
                                ::core::line!(),
                                ::core::option::Option::None,
                                false,
                            )
                            .should_panic(::core::option::Option::None),
                    ],
                );
                fn __isolate_run(number: ::core::primitive::usize) {
                    ::isolate::__private::run(&__ISOLATE_CASES[number]);
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
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASES: [::isolate::__private::TestCase; 2usize] = ::isolate::__private::TestCase::cases(
                    [const {
                        ::isolate::__private::TestCase::of_cases(
                            ::core::file!(),
                            ::core::env!("CARGO_MANIFEST_DIR"),
                        )
                    }; 2usize],
                    &[
                        ::isolate::__private::Row(
                            ::core::concat!(
                                ::core::module_path!(), "::a_1__1::b_1_src_expand_mod_rs"
                            ),
                            __isolate_0,
                            ::core::line!(),
                            ::core::option::Option::None,
                            false,
                        ),
                        ::isolate::__private::Row(
                            ::core::concat!(
                                ::core::module_path!(), "::a_2_x_y::b_1_src_expand_mod_rs"
                            ),
                            __isolate_1,
                            ::core::line!(),
                            ::core::option::Option::None,
                            false,
                        ),
                    ],
                );
                fn __isolate_run(number: ::core::primitive::usize) {
                    ::isolate::__private::run(&__ISOLATE_CASES[number]);
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
                fn ends() {}
                #[unsafe(link_section = "isolate_cases")]
                static __ISOLATE_CASE: ::isolate::__private::TestCase = ::isolate::__private::TestCase::new(
                        ::core::concat!(::core::module_path!(), "::", "ends"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        |__context: &::isolate::__private::Context| {
                            ::isolate::__private::outcome(ends())
                        },
                    )
                    .timeout_ms(::isolate::__private::milliseconds(Duration::from_secs(5)));
                ::isolate::__private::run(&__ISOLATE_CASE);
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
