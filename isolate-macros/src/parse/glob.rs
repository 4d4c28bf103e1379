//! Files by a pattern.

use std::fs;
use std::path::{Path, PathBuf};

/// What counts.
pub struct Rules {
    /// Names that begin with a dot.
    pub dot_files: bool,
    /// Directories.
    pub directories: bool,
}

/// The paths that match `pattern` in `base` and are files, relative to `base`, in order. `*` and `?` stand for text in one
/// name, `**` for any number of directories.
pub fn find(base: &Path, pattern: &str, rules: &Rules) -> Vec<PathBuf> {
    let names: Vec<&str> = pattern
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".")
        .collect();
    let mut found = Vec::new();
    visit(base, Path::new(""), &names, rules, &mut found);
    found
}

fn visit(base: &Path, at: &Path, names: &[&str], rules: &Rules, found: &mut Vec<PathBuf>) {
    let Some((name, rest)) = names.split_first() else {
        let path = base.join(at);
        let is_itself = at.as_os_str().is_empty();
        if path.is_file() || rules.directories && path.is_dir() && !is_itself {
            add(at.to_owned(), found);
        }
        return;
    };
    if !name.contains(['*', '?']) {
        if rules.dot_files || !name.starts_with('.') || *name == ".." {
            visit(base, &at.join(name), rest, rules, found);
        }
        return;
    }
    if *name == "**" {
        visit(base, at, rest, rules, found);
    }
    let entries = fs::read_dir(base.join(at)).into_iter().flatten().flatten();
    for entry in entries {
        let entry_name = entry.file_name();
        // A path that isn't text can't stand in source code.
        let Some(text) = entry_name.to_str() else { continue };
        if text.starts_with('.') && !rules.dot_files {
            continue;
        }
        let path = at.join(text);
        if *name == "**" {
            // Not through links, which may lead in a circle.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                visit(base, &path, names, rules, found);
            }
        } else if is_match(name.as_bytes(), text.as_bytes()) {
            visit(base, &path, rest, rules, found);
        }
    }
}

/// Adds a path in its place, once.
pub fn add(path: PathBuf, paths: &mut Vec<PathBuf>) {
    if let Err(place) = paths.binary_search(&path) {
        paths.insert(place, path);
    }
}

/// Whether `text` has the form of `pattern`. After a mismatch, it goes back to the last `*` and gives that one character
/// more.
fn is_match(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') => {
                p += 1;
                t += width(text[t]);
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// How many bytes the character that begins with `first` has.
fn width(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Rules, find, is_match};

    #[test]
    fn matches_names() {
        let yes = ["*", "a*", "*.json", "a.*", "a?json", "a.json", "*a*.*json*", "**.json"];
        assert!(yes.iter().all(|pattern| is_match(pattern.as_bytes(), b"a.json")));
        let no = ["", "a", "*.jso", "?.jsonl", "b*", "a.json?", "*.json.*"];
        assert!(no.iter().all(|pattern| !is_match(pattern.as_bytes(), b"a.json")));
        assert!(is_match("?.txt".as_bytes(), "ä.txt".as_bytes()));
        assert!(is_match(b"*aab", b"aaaab"));
    }

    #[test]
    fn finds_files() {
        let base = std::env::temp_dir().join(format!("isolate-glob-{}", std::process::id()));
        for path in ["a.txt", ".hidden.txt", "d/b.txt", "d/e/c.txt", "d/e/c.md", ".git/x.txt"] {
            fs::create_dir_all(base.join(path).parent().unwrap()).unwrap();
            fs::write(base.join(path), "").unwrap();
        }
        let list = |pattern: &str, dot_files, directories| {
            let rules = Rules { dot_files, directories };
            let found = find(&base, pattern, &rules);
            found.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(list("*.txt", false, false), ["a.txt"]);
        assert_eq!(list("*.txt", true, false), [".hidden.txt", "a.txt"]);
        assert_eq!(list("**/*.txt", false, false), ["a.txt", "d/b.txt", "d/e/c.txt"]);
        assert_eq!(list("d/**/c.*", false, false), ["d/e/c.md", "d/e/c.txt"]);
        assert_eq!(list("./d/?", false, true), ["d/e"]);
        assert_eq!(list("d/?", false, false), [""; 0]);
        assert_eq!(list("a.txt", false, false), ["a.txt"]);
        assert_eq!(list("d/../a.*", false, false), ["d/../a.txt"]);
        assert_eq!(list("nowhere/*", false, false), [""; 0]);
        assert_eq!(list(".git/*", true, false), [".git/x.txt"]);
        assert_eq!(list("**", false, true), ["d", "d/e"]);
        assert!(
            find(
                Path::new("/nowhere"),
                "*",
                &Rules {
                    dot_files: true,
                    directories: true
                }
            )
            .is_empty()
        );
        fs::remove_dir_all(base).unwrap();
    }
}
