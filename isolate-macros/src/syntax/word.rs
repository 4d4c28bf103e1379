//! Names and keywords.

use tokens::Ident;

/// More about names.
pub trait IdentExt {
    /// Whether this is the name, with `r#` if it has that.
    fn is(&self, text: &str) -> bool;

    /// Whether another is the same name.
    fn is_same(&self, other: &Ident) -> bool;

    /// The name without `r#`.
    fn unraw(&self) -> Ident;
}

impl IdentExt for Ident {
    fn is(&self, text: &str) -> bool {
        let own = self.to_string();
        own == text
    }

    fn is_same(&self, other: &Ident) -> bool {
        self.is(&other.to_string())
    }

    fn unraw(&self) -> Ident {
        match self.to_string().strip_prefix("r#") {
            Some(bare) => Self::new(bare, self.span()),
            None => self.clone(),
        }
    }
}

/// Whether a name can't be written without `r#`.
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
