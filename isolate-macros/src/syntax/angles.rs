//! `<` and `>` as brackets, which they are in types and in front of bodies.

use tokens::{Spacing, TokenStream, TokenTree};

use super::cursor::is_punct;

/// How deep in such brackets a token stands.
#[derive(Default)]
pub struct Angles {
    depth: usize,
    is_arrow: bool,
}

impl Angles {
    /// Whether the next token stands outside; the brackets themselves don't.
    pub fn is_outside(&mut self, token: &TokenTree) -> bool {
        let is_arrow = self.is_arrow;
        self.is_arrow =
            matches!(token, TokenTree::Punct(dash) if dash.as_char() == '-' && dash.spacing() == Spacing::Joint);
        if is_punct(Some(token), '<') {
            self.depth += 1;
            return false;
        }
        if is_punct(Some(token), '>') && !is_arrow && self.depth > 0 {
            self.depth -= 1;
            return false;
        }
        self.depth == 0
    }
}

/// The parts between commas.
pub fn split(tokens: &[TokenTree]) -> Vec<TokenStream> {
    let mut angles = Angles::default();
    let mut commas = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if angles.is_outside(token) && is_punct(Some(token), ',') {
            commas.push(i);
        }
    }
    commas.push(tokens.len());
    let mut parts = Vec::new();
    let mut start = 0;
    for end in commas {
        if start < end {
            parts.push(tokens[start..end].iter().cloned().collect());
        }
        start = end + 1;
    }
    parts
}
