//! Which valid name somebody probably meant.

use std::fmt::Write as _;

/// Says what to write in place of `given`: the nearest of `valid` if there is one, else all of them.
pub fn suggestion(given: &str, valid: &[&str]) -> String {
    if let Some(near) = nearest(given, valid) {
        return format!("did you mean `{near}`?");
    }
    let mut text = String::from("expected ");
    for (i, name) in valid.iter().enumerate() {
        let comma = match i {
            0 => "",
            _ if i + 1 == valid.len() => " or ",
            _ => ", ",
        };
        let _ = write!(text, "{comma}`{name}`");
    }
    text
}

/// Whether somebody who wrote `given` may have meant `name`.
#[cfg(feature = "runtime")]
pub fn is_near(given: &str, name: &str) -> bool {
    nearest(given, &[name]).is_some()
}

fn nearest<'a>(given: &str, valid: &[&'a str]) -> Option<&'a str> {
    let limit = given.chars().count().div_ceil(3);
    valid
        .iter()
        .map(|name| (distance(given, name), *name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Edits from `a` to `b`: insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, suggestion};

    #[test]
    fn counts_edits() {
        assert_eq!(distance("", "db"), 2);
        assert_eq!(distance("storgae", "storage"), 1);
        assert_eq!(distance("sotrage", "storage"), 1);
        assert_eq!(distance("prot", "port"), 1);
        assert_eq!(distance("ports", "port"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn suggests_the_nearest_or_lists_all() {
        let valid = ["db", "storage", "port"];
        assert_eq!(suggestion("storrage", &valid), "did you mean `storage`?");
        assert_eq!(suggestion("dB", &valid), "did you mean `db`?");
        assert_eq!(suggestion("analytics", &valid), "expected `db`, `storage` or `port`");
        assert_eq!(suggestion("x", &valid), "expected `db`, `storage` or `port`");
    }
}
