//! What stands above our attribute. The compiler has dealt with that before us, and doesn't hand it over.
//!
//! This matters for `#[test]`: it has then registered the function already, and a second `#[test]` from us would have the
//! test run twice. Nothing but the source says so.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use proc_macro::{Span, TokenStream, TokenTree};

thread_local! {
    /// The file that was looked at last: the attributes of one come one after another, and there may be thousands.
    static LAST: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// Whether `#[test]` stands above the attribute at `span`, or something that has added it. If the source can't be read, it
/// says no.
pub fn is_test_above(span: Span, item: &TokenStream) -> bool {
    let is_async = is_async(item);
    let Some(path) = span.local_file() else {
        return false;
    };
    LAST.with_borrow_mut(|last| {
        if !last.as_ref().is_some_and(|source| source.is_still(&path)) {
            *last = Source::read(path);
        }
        let source = last.as_ref();
        source.is_some_and(|source| {
            source
                .before(span.line(), span.column())
                .is_some_and(|text| ends_in_test(text, is_async))
        })
    })
}

fn is_async(item: &TokenStream) -> bool {
    let words = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.take_while(|word| word != "fn").any(|word| word == "async")
}

/// A file of source code.
struct Source {
    path: PathBuf,
    modified: SystemTime,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    fn read(path: PathBuf) -> Option<Self> {
        let modified = fs::metadata(&path).and_then(|file| file.modified()).ok()?;
        let text = fs::read_to_string(&path).ok()?;
        Some(Self {
            lines: line_starts(&text),
            path,
            modified,
            text,
        })
    }

    /// Whether this is that file, and as it is now: in an editor, a macro outlives many versions of it.
    fn is_still(&self, path: &PathBuf) -> bool {
        let now = fs::metadata(path).and_then(|file| file.modified());
        self.path == *path && now.is_ok_and(|now| now == self.modified)
    }

    /// What stands in front of a place. Lines and columns are counted from one.
    fn before(&self, line: usize, column: usize) -> Option<&str> {
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let rest = &self.text[start..];
        let place = rest.char_indices().nth(column.checked_sub(1)?);
        Some(&self.text[..start + place.map_or(rest.len(), |(at, _)| at)])
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(end) = text[starts[starts.len() - 1]..].find('\n') {
        starts.push(starts[starts.len() - 1] + end + 1);
    }
    starts
}

/// Whether the attributes at the very end of `source` include `#[test]`, or one of the crate `test_case`, which adds it to
/// functions that aren't async.
fn ends_in_test(source: &str, is_async: bool) -> bool {
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
        let name = path.split('(').next().unwrap_or_default();
        let makes_cases = ["test_case", "test_matrix"].contains(&name.rsplit(':').next().unwrap_or_default());
        if name == "test" || name.ends_with("::prelude::v1::test") || makes_cases && !is_async {
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
    use std::path::PathBuf;
    use std::time::SystemTime;

    use super::{Source, ends_in_test, line_starts};

    #[test]
    fn finds_what_stands_in_front() {
        let text = String::from("a\r\nbä#[x]\n\n#[y]");
        let source = Source {
            path: PathBuf::new(),
            modified: SystemTime::UNIX_EPOCH,
            lines: line_starts(&text),
            text,
        };
        for (line, column, expected) in [
            (1, 1, Some("")),
            (2, 3, Some("a\r\nbä")),
            (4, 1, Some("a\r\nbä#[x]\n\n")),
            (4, 9, Some("a\r\nbä#[x]\n\n#[y]")),
            (5, 1, None),
            (0, 1, None),
            (1, 0, None),
        ] {
            assert_eq!(source.before(line, column), expected, "{line}:{column}");
        }
    }

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
            assert!(ends_in_test(source, false) && ends_in_test(source, true), "{source:?}");
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
            assert!(!ends_in_test(source, false), "{source:?}");
        }
    }

    #[test]
    fn knows_what_adds_test() {
        for source in [
            "#[test_case(1; \"one\")]\n#[test_case(2)]\n",
            "#[test_case::test_matrix([1, 2], [3])] #[ignore]\n",
        ] {
            assert!(ends_in_test(source, false) && !ends_in_test(source, true), "{source:?}");
        }
        assert!(!ends_in_test("#[my_test_case(1)]\n", false));
    }
}
