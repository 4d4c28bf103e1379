//! Values with commas between them.

use tokens::{Spacing, TokenStream, TokenTree};

use super::error::{Error, Result};
use super::word::IdentExt;

/// The values; fails if one is missing. What else may be wrong with them is left to rustc.
pub fn split(tokens: TokenStream) -> Result<Vec<TokenStream>> {
    let mut values = Vec::new();
    let mut value = Vec::new();
    let mut place = Place::default();
    for token in tokens {
        if !place.separates(&token) {
            value.push(token);
        } else if value.is_empty() {
            return Err(Error::new(token.span(), "expected an expression"));
        } else {
            values.push(std::mem::take(&mut value).into_iter().collect());
        }
    }
    if !value.is_empty() {
        values.push(value.into_iter().collect());
    }
    Ok(values)
}

/// Keywords with a value behind them.
const PREFIXES: &[&str] = &[
    "as", "async", "break", "else", "if", "in", "match", "move", "mut", "return", "static", "while",
];

/// Where in a value a token stands: that decides whether `<` and `|` are brackets or operators.
struct Place {
    /// A value begins here, or goes on behind an operator.
    is_start: bool,
    /// Behind `as`, or the `->` of a closure.
    is_type: bool,
    /// Between the `|` of a closure.
    is_closure: bool,
    /// How many `<` are open.
    angles: usize,
    /// The mark in front of the token, and whether they touch, if that is a mark as well.
    mark: Option<(char, Spacing)>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            is_start: true,
            is_type: false,
            is_closure: false,
            angles: 0,
            mark: None,
        }
    }
}

impl Place {
    /// Goes on behind a token; whether that is a comma between two values.
    fn separates(&mut self, token: &TokenTree) -> bool {
        let before = self.mark.take();
        let joint = before
            .filter(|(_, spacing)| *spacing == Spacing::Joint)
            .map(|(mark, _)| mark);
        match token {
            TokenTree::Punct(punct) => {
                let mark = punct.as_char();
                if mark == ',' && self.angles == 0 && !self.is_closure {
                    *self = Self::default();
                    return true;
                }
                self.operator(mark, joint);
                self.mark = Some((mark, punct.spacing()));
            }
            TokenTree::Ident(word) => {
                self.is_type |= word.is("as");
                self.is_start = PREFIXES.contains(&word.to_string().as_str());
            }
            _ => {
                self.is_type &= self.angles > 0;
                // Behind an attribute.
                self.is_start = matches!(before, Some(('#', _)));
            }
        }
        false
    }

    fn operator(&mut self, mark: char, joint: Option<char>) {
        let is_start = std::mem::replace(&mut self.is_start, true);
        match mark {
            '|' if self.is_closure && self.angles == 0 => self.is_closure = false,
            '|' if is_start && joint != Some('|') => self.is_closure = true,
            '<' if self.angles > 0 || self.is_closure || self.is_type || is_start && joint != Some('<') => {
                self.angles += 1;
            }
            '>' if joint == Some('-') => self.is_type |= !self.is_closure && self.angles == 0,
            '>' if self.angles > 0 => {
                self.angles -= 1;
                self.is_start = false;
            }
            // `<=` is no bracket, wherever it stands.
            '=' if joint == Some('<') => {
                self.angles = self.angles.saturating_sub(1);
                self.is_type = false;
            }
            ':' | '\'' | '?' => self.is_start = mark != '?',
            // `as *const T`, but not `as u8 * 2`.
            '&' | '*' if is_start => {}
            _ => self.is_type &= self.angles > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    fn check(values: &[&str]) {
        let tokens = values.join(", ").parse().unwrap();
        let found: Vec<String> = split(tokens).unwrap().iter().map(ToString::to_string).collect();
        let expected = values
            .iter()
            .map(|value| value.parse::<tokens::TokenStream>().unwrap().to_string());
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn commas_inside_brackets_are_none() {
        check(&[]);
        check(&["1", "-2", "f(3, 4)", "[5, 6]"]);
        check(&[
            "Map::<u8, u8>::new()",
            "<A<B, C> as D<E, F>>::g(h, i)",
            "Vec::<<A as B<C, D>>::E, F>::new()",
        ]);
        check(&[
            "x as Foo<A, B>",
            "x as &'static Foo<A, B>",
            "x as *const Foo<A, B>",
            "x as Foo<A, B> + y",
        ]);
        check(&[
            "Foo::<fn(A) -> B, C>::new()",
            "&mut Map::<A, B>::new()",
            "!<A<B, C>>::is()",
        ]);
    }

    #[test]
    fn commas_of_closures_are_none() {
        check(&[
            "|a, b| a + b",
            "|| 1",
            "move |a, (b, c)| a",
            "f",
            "&|a: Map<A, B>, b| a < b",
            "1",
        ]);
        check(&[
            "|a: Map<A, B>| -> Map<C, D> { a }",
            "async move |a, b| a",
            "return |a, b| c",
            "x = |a, b| c",
            "&mut |a, b| c",
            "#[inline] |a, b| c",
        ]);
        check(&[
            "|a, b| |c, d| e",
            "|f: fn(A, B) -> C, g| h",
            "f(|a, b| c)",
            "|a: Box<dyn Fn(A) -> B>, b| c",
        ]);
    }

    #[test]
    fn operators_are_no_brackets() {
        check(&[
            "a < b", "c > d", "e <= f", "g >> h", "i << j", "k | l", "m || n", "o |= p", "q <<= r",
        ]);
        check(&[
            "a as u8 * b < c",
            "d",
            "-1 < 2",
            "x? < y",
            "z > w",
            "a::b | c",
            "d::e < f",
            "g.h < i",
            "j > k",
        ]);
        check(&["(a) < b", "c[0] < d", "1 < 2", "'a' | 'b'", "a..b", "..=c", "d"]);
        check(&["a << b", "c >> d", "a < -b", "c > *d", "x as u8", "y < z", "w > v"]);
    }

    #[test]
    fn a_comparison_with_what_was_cast_is_none() {
        check(&["x as u8 <= y", "z"]);
        check(&["x as u8 > y", "x as u8 >= y", "z"]);
    }

    #[test]
    fn none_may_be_missing() {
        let of = |text: &str| split(text.parse().unwrap());
        assert_eq!(of("1, 2,").unwrap().len(), 2);
        for text in [",", "1,,2", ", 1"] {
            assert_eq!(of(text).unwrap_err().messages(), ["expected an expression"], "{text}");
        }
    }
}
