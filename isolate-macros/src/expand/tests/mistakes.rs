//! What is wrong, in words.

use super::errors;
use crate::quote::quote;

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
            "unknown argument `storge`; expected `group`, `tags`, `timeout`, `process`, `main_thread`, `leaks`, `runtime`, `network`, `files`, `limits` or `crate`",
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
            "unknown argument `x`; expected `group`, `tags`, `timeout`, `process`, `main_thread`, `leaks`, `runtime`, `network`, `files`, `limits` or `crate`",
            "a test is a free function: it has no `self`",
            "write `b`, or `b(parameter = value)`"
        ]
    );
}
