//! `ISOLATE_TAGS`: which tests run, by their tags.

use std::sync::{Mutex, PoisonError};

use crate::case::TestCase;
use crate::config::{Config, Mode};
use crate::{host, session};

/// An expression such as `database and not (slow or ui)`.
#[derive(Debug)]
pub struct TagFilter {
    text: String,
}

/// The tags of the tests that were left out, a list for each.
static LEFT_OUT: Mutex<Vec<&'static [&'static str]>> = Mutex::new(Vec::new());

impl TagFilter {
    /// The expression; `Err` says what is wrong with it.
    pub fn new(text: String) -> Result<Self, String> {
        match evaluate(&text, &[]) {
            Ok(_) => Ok(Self { text }),
            Err(wrong) => Err(format!(
                "ISOLATE_TAGS={text:?} can't be read: {wrong}\n  it can be a tag, or tags with `and`, `or`, `not` and \
                 parentheses: `slow`, `not slow`, `database and not (slow or ui)`"
            )),
        }
    }

    /// Whether a test with these tags runs.
    pub fn selects(&self, tags: &[&str]) -> bool {
        evaluate(&self.text, tags).unwrap_or(true)
    }

    /// Tells the author, and libtest, which takes it for passed: it knows no other end of a test that it has begun.
    pub fn leave_out(&self, case: &TestCase, config: &Config) {
        // nextest's process has no other test.
        if !matches!(config.mode, Mode::Nextest { .. }) {
            session::end_with_process();
            LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).push(case.tags);
        }
        let reason = format!(
            "ISOLATE_TAGS={:?} doesn't select it; its tags: {}",
            self.text,
            listed(case.tags)
        );
        host::leave_out(case, &reason);
    }

    /// What is to be said at the end of the process about the tests that were left out.
    pub fn summary() -> Option<String> {
        let filter = Config::get().ok()?.tags.as_ref()?;
        let left_out = LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner);
        (!left_out.is_empty()).then(|| filter.summary_of(&left_out))
    }

    fn summary_of(&self, left_out: &[&[&str]]) -> String {
        let mut known: Vec<&str> = left_out.concat();
        known.sort_unstable();
        known.dedup();
        let (number, they) = match left_out.len() {
            1 => ("1 test".to_owned(), "counts as passed\n  its"),
            many => (format!("{many} tests"), "count as passed\n  their"),
        };
        format!(
            "isolate: ISOLATE_TAGS={:?} left out {number}, which {they} tags: {}\n",
            self.text,
            listed(&known)
        )
    }
}

fn listed(tags: &[&str]) -> String {
    if tags.is_empty() {
        "none".to_owned()
    } else {
        tags.join(", ")
    }
}

/// Whether the expression is true of a test with these tags.
fn evaluate(text: &str, tags: &[&str]) -> Result<bool, String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    words.reverse();
    let mut rest = Evaluation { words, tags };
    let value = rest.either()?;
    match rest.words.pop() {
        None => Ok(value),
        Some(word) => Err(format!("`{word}` stands where `and` or `or` should")),
    }
}

struct Evaluation<'a> {
    /// Those to come, the next at the end.
    words: Vec<&'a str>,
    tags: &'a [&'a str],
}

impl Evaluation<'_> {
    fn either(&mut self) -> Result<bool, String> {
        let mut value = self.both()?;
        while self.takes("or") {
            value |= self.both()?;
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut value = self.one()?;
        while self.takes("and") {
            value &= self.one()?;
        }
        Ok(value)
    }

    fn one(&mut self) -> Result<bool, String> {
        match self.words.pop() {
            Some("not") => Ok(!self.one()?),
            Some("(") => {
                let value = self.either()?;
                if self.takes(")") {
                    Ok(value)
                } else {
                    Err("a `)` is missing".to_owned())
                }
            }
            Some(word) if is_tag(word) => Ok(self.tags.contains(&word)),
            Some(word) => Err(format!("`{word}` is no tag")),
            None => Err("it ends where a tag should stand".to_owned()),
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        self.words.pop_if(|next| *next == word).is_some()
    }
}

/// Whether it can be one. The macro takes no other.
fn is_tag(word: &str) -> bool {
    !matches!(word, "and" | "or" | "not") && word.chars().all(|c| c.is_alphanumeric() || "_-.:/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(text: &str, tags: &[&str]) -> bool {
        TagFilter::new(text.to_owned()).unwrap().selects(tags)
    }

    fn refuses(text: &str) -> String {
        let error = TagFilter::new(text.to_owned()).unwrap_err();
        let (first, _) = error.split_once('\n').unwrap();
        first.rsplit_once(" can't be read: ").unwrap().1.to_owned()
    }

    #[test]
    fn tags_are_combined() {
        assert!(selects("slow", &["ui", "slow"]) && !selects("slow", &["slower"]) && !selects("slow", &[]));
        assert!(selects("not slow", &[]) && !selects("not slow", &["slow"]) && selects("not not slow", &["slow"]));
        assert!(selects("a or b and c", &["a"]) && !selects("(a or b) and c", &["a"]));
        assert!(selects("not a and b", &["b"]) && !selects("not (a or b)", &["b"]));
        assert!(selects("a and(b or c)and not d", &["a", "c"]) && !selects("a and(b or c)and not d", &["a", "d", "c"]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(refuses("slow ui"), "`ui` stands where `and` or `or` should");
        assert_eq!(refuses("!slow"), "`!slow` is no tag");
        assert_eq!(refuses("slow,ui"), "`slow,ui` is no tag");
        assert_eq!(refuses("a or or b"), "`or` is no tag");
        assert_eq!(refuses("(a or b"), "a `)` is missing");
        assert_eq!(refuses("a)"), "`)` stands where `and` or `or` should");
        assert_eq!(refuses("a and"), "it ends where a tag should stand");
    }

    #[test]
    fn the_end_names_the_tags_that_there_are() {
        let filter = TagFilter::new("slwo".to_owned()).unwrap();
        assert_eq!(
            filter.summary_of(&[&["slow", "ui"], &[], &["db", "slow"]]),
            "isolate: ISOLATE_TAGS=\"slwo\" left out 3 tests, which count as passed\n  their tags: db, slow, ui\n"
        );
        assert!(
            filter
                .summary_of(&[&[]])
                .ends_with(" 1 test, which counts as passed\n  its tags: none\n")
        );
    }
}
