//! String literals.

use tokens::{Delimiter, Literal, Span, TokenStream, TokenTree};

use crate::quote::{Code, ToTokens};

/// `"text"`, `r"text"`
#[derive(Clone)]
pub struct LitStr {
    literal: Literal,
    value: String,
}

impl LitStr {
    /// All of the tokens, if that is what they are.
    pub fn parse(tokens: TokenStream) -> Option<Self> {
        let mut tokens = tokens.into_iter();
        let token = tokens.next()?;
        match token {
            _ if tokens.next().is_some() => None,
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => Self::parse(group.stream()),
            TokenTree::Literal(literal) => value(&literal.to_string()).map(|value| Self { literal, value }),
            _ => None,
        }
    }

    /// The text that it stands for.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Its place.
    pub fn span(&self) -> Span {
        self.literal.span()
    }
}

impl ToTokens for LitStr {
    fn to_tokens(&self, code: &mut Code) {
        code.token(self.literal.clone().into());
    }
}

fn value(source: &str) -> Option<String> {
    if let Some(raw) = source.strip_prefix('r') {
        let text = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - text.len()];
        let text = text.strip_prefix('"')?.strip_suffix(hashes)?.strip_suffix('"')?;
        return Some(text.to_owned());
    }
    unescaped(source.strip_prefix('"')?.strip_suffix('"')?)
}

fn unescaped(mut source: &str) -> Option<String> {
    let mut text = String::with_capacity(source.len());
    while let Some((plain, escape)) = source.split_once('\\') {
        text.push_str(plain);
        let kind = escape.chars().next()?;
        source = &escape[kind.len_utf8()..];
        match kind {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            '0' => text.push('\0'),
            '\\' | '\'' | '"' => text.push(kind),
            '\n' => source = source.trim_start_matches([' ', '\t', '\n', '\r']),
            'x' => {
                let (digits, rest) = source.split_at_checked(2)?;
                text.push(character(digits)?);
                source = rest;
            }
            'u' => {
                let (digits, rest) = source.strip_prefix('{')?.split_once('}')?;
                text.push(character(digits)?);
                source = rest;
            }
            _ => return None,
        }
    }
    text.push_str(source);
    Some(text)
}

/// Hexadecimal digits, with `_` anywhere between them.
fn character(digits: &str) -> Option<char> {
    let digits = digits.chars().filter_map(|digit| digit.to_digit(16));
    char::from_u32(digits.fold(0, |number, digit| number * 16 + digit))
}

#[cfg(test)]
mod tests {
    use super::LitStr;

    /// What rustc makes of a literal, and what we do.
    macro_rules! same {
        ($($literal:literal),* $(,)?) => {
            $(assert_eq!(parsed(stringify!($literal)).as_deref(), Some($literal), "{}", stringify!($literal));)*
        };
    }

    fn parsed(source: &str) -> Option<String> {
        LitStr::parse(source.parse().unwrap()).map(|text| text.value().to_owned())
    }

    #[test]
    fn reads_what_rustc_reads() {
        same!(
            "",
            "a \" b \\ '",
            "\n\r\t\0\'\x41\x7f\u{e9}\u{1F6_00}",
            "one \
             two",
            "two
             lines",
            r"\n",
            r#"a "quoted" text"#,
            r##"x"#"##,
            "ßä…",
        );
    }

    #[test]
    fn nothing_else_is_a_text() {
        for source in [
            "1",
            "'a'",
            "b\"a\"",
            "c\"a\"",
            "br\"a\"",
            "text",
            "\"a\" \"b\"",
            "(\"a\")",
            "",
        ] {
            assert_eq!(parsed(source), None, "{source}");
        }
    }
}
