//! Code from templates, as the crate `quote` has it: `#name` stands for a variable. Lists are printed one after another,
//! without anything between; there is no `#(…)*`.

mod code;
mod to_tokens;

pub use self::code::Code;
pub use self::to_tokens::ToTokens;

/// The tokens of a template.
macro_rules! quote {
    ($($token:tt)*) => {
        $crate::quote::quote_spanned!(tokens::Span::call_site()=> $($token)*)
    };
}

/// The same, with a span for all tokens but those of variables.
macro_rules! quote_spanned {
    ($span:expr=> $($token:tt)*) => {{
        let code = &mut $crate::quote::Code::new($span);
        $crate::quote::each!(code ((@end) $($token)*) ($($token)* (@end)));
        code.finish()
    }};
}

/// Adds each token, knowing the one before.
macro_rules! each {
    ($code:ident ($($before:tt)*) ($($token:tt)*)) => {
        $($crate::quote::one!($code $before $token);)*
    };
}

macro_rules! one {
    ($code:ident # $variable:ident) => {
        $crate::quote::ToTokens::to_tokens(&$variable, $code)
    };
    ($code:ident # (@end)) => {
        $code.mark("#")
    };
    ($code:ident # ($($token:tt)*)) => {
        compile_error!("collect it in front")
    };
    ($code:ident # $token:tt) => {
        $code.mark("#");
        $crate::quote::one!($code (@end) $token)
    };
    ($code:ident $before:tt #) => {};
    ($code:ident $before:tt (@end)) => {};
    ($code:ident $before:tt ($($token:tt)*)) => {
        $crate::quote::group!($code Parenthesis $($token)*)
    };
    ($code:ident $before:tt [$($token:tt)*]) => {
        $crate::quote::group!($code Bracket $($token)*)
    };
    ($code:ident $before:tt {$($token:tt)*}) => {
        $crate::quote::group!($code Brace $($token)*)
    };
    ($code:ident $before:tt $word:ident) => {
        $code.word(stringify!($word))
    };
    ($code:ident $before:tt $lifetime:lifetime) => {
        $code.lifetime(stringify!($lifetime))
    };
    // Or it would be taken for the beginning of a literal.
    ($code:ident $before:tt -) => {
        $code.mark("-")
    };
    ($code:ident $before:tt $literal:literal) => {
        $code.literal(stringify!($literal))
    };
    ($code:ident $before:tt $mark:tt) => {
        $code.mark(stringify!($mark))
    };
}

macro_rules! group {
    ($code:ident $delimiter:ident $($token:tt)*) => {{
        let inside = &mut $code.inside();
        $crate::quote::each!(inside ((@end) $($token)*) ($($token)* (@end)));
        $code.group(tokens::Delimiter::$delimiter, inside)
    }};
}

pub(crate) use {each, group, one, quote, quote_spanned};

#[cfg(test)]
mod tests {
    use tokens::{Span, TokenStream};

    /// Without what the compiler doesn't tell a macro: whether marks of two tokens touch.
    fn shape(tokens: &TokenStream) -> String {
        format!("{tokens:?}").replace("Joint", "Alone")
    }

    macro_rules! same {
        ($($token:tt)*) => {
            let expected = stringify!($($token)*).parse().unwrap();
            assert_eq!(shape(&quote!($($token)*)), shape(&expected));
        };
    }

    #[test]
    fn writes_what_stands_there() {
        same!();
        same!(
            fn f<'a>(x: &'a mut u8) -> Vec<<A as B>::C> {
                x += 1;
                _ = -2.5e3;
                [b'a', "x\n", r#"y"#];
            }
        );
        same!(#[a] #![b = "c"] ::d::<'static>(|| e && r#type..=f => true ?));
        assert_eq!(quote!(a::b -> c <<= 'd).to_string(), "a :: b -> c <<= 'd");
    }

    #[test]
    fn puts_variables_in_place() {
        let (name, list, none) = (quote!(a.b), vec![quote!(c), quote!(d;)], None::<String>);
        let (text, number) = ("say \"so\"", 5u64);
        assert_eq!(
            quote!(#name { #list } #[x(#none)] (#text, #number) #).to_string(),
            quote!(a.b { c d; } #[x()] ("say \"so\"", 5u64) #).to_string(),
        );
        let _ = quote_spanned!(Span::call_site()=> #name);
    }
}
