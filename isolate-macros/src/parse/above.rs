//! What stands above our attribute. The compiler has dealt with that before us, and doesn't hand it over.
//!
//! This matters for `#[test]`: it has then registered the function already, and a second `#[test]` from us would have the
//! test run twice. Nothing but the source says so.

use std::fs;

use proc_macro::Span;

/// Whether `#[test]` stands above the attribute at `span`. If the source can't be read, it says no.
pub fn is_test_above(span: Span) -> bool {
    let Some(source) = span.local_file().and_then(|path| fs::read_to_string(path).ok()) else {
        return false;
    };
    let lines: Vec<&str> = source.split_inclusive('\n').take(span.line()).collect();
    let Some((last, above)) = lines.split_last() else {
        return false;
    };
    let column = span.column() - 1;
    let same_line = last.char_indices().nth(column).map_or(*last, |(end, _)| &last[..end]);
    ends_in_test(&(above.concat() + same_line))
}

/// Whether the attributes at the very end of `source` include `#[test]`.
fn ends_in_test(source: &str) -> bool {
    let mut rest = source.trim_end();
    loop {
        let line = rest.rfind('\n').map_or(0, |end| end + 1);
        if let Some(comment) = rest[line..].find("//") {
            let before = rest[line..line + comment].trim_end();
            if before.is_empty() || before.ends_with(']') {
                rest = rest[..line + comment].trim_end();
                continue;
            }
        }
        let Some((above, attribute)) = split_attribute(rest) else {
            return false;
        };
        let path: String = attribute.split_whitespace().collect();
        if path == "test" || path.ends_with("::prelude::v1::test") {
            return true;
        }
        rest = above.trim_end();
    }
}

/// Takes the last `#[…]` off the end, and what is inside it.
fn split_attribute(source: &str) -> Option<(&str, &str)> {
    let inside = source.strip_suffix(']')?;
    let mut depth = 1;
    let (open, _) = inside.char_indices().rev().find(|(_, c)| {
        match c {
            ']' => depth += 1,
            '[' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let above = inside[..open].trim_end().strip_suffix('#')?;
    Some((above, &inside[open + 1..]))
}

#[cfg(test)]
mod tests {
    use super::ends_in_test;

    #[test]
    fn finds_test_among_the_attributes_above() {
        for source in [
            "#[test]\n",
            "#[test] ",
            "fn f() {}\n    # [ test ]\n    ",
            "#[test]\n#[ignore = \"a [b] c\"]\n",
            "#[test]\n/// Documented: see [`x`].\n// and commented\n#[should_panic(expected = \"x\")]\n",
            "#[test] // always\n",
            "#[doc = \"a\"]\n#[::core::prelude::v1::test]\n#[cfg(test)]\n",
        ] {
            assert!(ends_in_test(source), "{source:?}");
        }
    }

    #[test]
    fn looks_no_further_than_the_item() {
        for source in [
            "",
            "#[test]\nfn f() {}\n",
            "#[test] fn f() { [1] }\n",
            "// #[test]\n",
            "/// #[test]\n#[ignore]\n",
            "#[tokio::test]\n",
            "#[cfg(test)]\n",
            "mod tests {\n    use super::x;\n\n    ",
            "const X: [u8; 1] = [1]",
            "]",
            "#![cfg(test)]\n",
        ] {
            assert!(!ends_in_test(source), "{source:?}");
        }
    }
}
