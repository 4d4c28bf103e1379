//! Singletons.

use expect_test::expect;

use super::pretty;
use crate::expand::singleton;
use crate::quote::quote;

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
                ::isolate::__private::Static::new("COUNT", & COUNT),],)
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
