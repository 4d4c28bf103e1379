//! The newer mangling, by RFC 2603. What reports never show (lifetimes, qualifiers of function types) is left out.

use std::fmt::Write as _;

/// Reads what follows `_R`. `None` for what no stable Rust writes.
pub(super) fn demangle(symbol: &str) -> Option<String> {
    let mut name = String::new();
    let mut parser = Parser {
        symbol: symbol.as_bytes(),
        at: 0,
        depth: 0,
    };
    parser.path(&mut name, true)?;
    Some(name)
}

/// Its functions read one production of the grammar each, and append what it says.
struct Parser<'a> {
    symbol: &'a [u8],
    at: usize,
    depth: u32,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.symbol.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let here = self.symbol.get(self.at) == Some(&byte);
        self.at += usize::from(here);
        here
    }

    /// `_` is 0, `0_` is 1.
    fn base62(&mut self) -> Option<u64> {
        if self.eat(b'_') {
            return Some(0);
        }
        let mut number = 0u64;
        loop {
            let digit = match self.next()? {
                b'_' => return number.checked_add(1),
                byte @ b'0'..=b'9' => byte - b'0',
                byte @ b'a'..=b'z' => byte - b'a' + 10,
                byte @ b'A'..=b'Z' => byte - b'A' + 36,
                _ => return None,
            };
            number = number.checked_mul(62)?.checked_add(digit.into())?;
        }
    }

    /// Absent is 0.
    fn tagged(&mut self, tag: u8) -> Option<u64> {
        if self.eat(tag) {
            self.base62()?.checked_add(1)
        } else {
            Some(0)
        }
    }

    /// Names that aren't ASCII stay in Punycode.
    fn identifier(&mut self) -> Option<String> {
        self.eat(b'u');
        let mut len = 0usize;
        while let Some(digit @ b'0'..=b'9') = self.symbol.get(self.at) {
            self.at += 1;
            len = len.checked_mul(10)?.checked_add(usize::from(digit - b'0'))?;
            if len == 0 {
                break;
            }
        }
        self.eat(b'_');
        let name = self.symbol.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        String::from_utf8(name.to_vec()).ok()
    }

    fn nested(&mut self, read: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > 200 {
            return None;
        }
        read(self)?;
        self.depth -= 1;
        Some(())
    }

    /// Reads what stood earlier in the symbol.
    fn back(&mut self, read: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let from = self.at - 1;
        let at = usize::try_from(self.base62()?).ok().filter(|&at| at < from)?;
        let after = std::mem::replace(&mut self.at, at);
        self.nested(read)?;
        self.at = after;
        Some(())
    }

    /// In values, generic arguments follow `::`.
    fn path(&mut self, out: &mut String, value: bool) -> Option<()> {
        self.nested(&mut |parser| parser.path_here(out, value))
    }

    fn path_here(&mut self, out: &mut String, value: bool) -> Option<()> {
        match self.next()? {
            b'C' => {
                self.tagged(b's')?;
                out.push_str(&self.identifier()?);
            }
            b'N' => {
                let space = self.next()?;
                self.path(out, value)?;
                let nth = self.tagged(b's')?;
                let name = self.identifier()?;
                let colon = if name.is_empty() { "" } else { ":" };
                match space {
                    b'C' => write!(out, "::{{closure{colon}{name}#{nth}}}").ok()?,
                    b'S' => write!(out, "::{{shim{colon}{name}#{nth}}}").ok()?,
                    b'A'..=b'Z' => write!(out, "::{{{}{colon}{name}#{nth}}}", char::from(space)).ok()?,
                    _ if name.is_empty() => {}
                    _ => write!(out, "::{name}").ok()?,
                }
            }
            kind @ (b'M' | b'X' | b'Y') => {
                if kind != b'Y' {
                    // Where the `impl` stands.
                    self.tagged(b's')?;
                    self.path(&mut String::new(), false)?;
                }
                out.push('<');
                self.kind(out)?;
                if kind != b'M' {
                    out.push_str(" as ");
                    self.path(out, false)?;
                }
                out.push('>');
            }
            b'I' => {
                self.path(out, value)?;
                let arguments = self.list(Self::argument)?;
                if !arguments.is_empty() {
                    write!(out, "{}<{arguments}>", if value { "::" } else { "" }).ok()?;
                }
            }
            b'B' => self.back(&mut |parser| parser.path(out, value))?,
            _ => return None,
        }
        Some(())
    }

    /// Up to an `E`, with commas.
    fn list(&mut self, item: fn(&mut Self, &mut String) -> Option<()>) -> Option<String> {
        let mut list = String::new();
        while !self.eat(b'E') {
            let mut text = String::new();
            item(self, &mut text)?;
            if !list.is_empty() && !text.is_empty() {
                list.push_str(", ");
            }
            list.push_str(&text);
        }
        Some(list)
    }

    fn argument(&mut self, out: &mut String) -> Option<()> {
        if self.eat(b'L') {
            return self.base62().map(drop);
        }
        if self.eat(b'K') {
            return self.constant(out);
        }
        self.kind(out)
    }

    /// A type.
    fn kind(&mut self, out: &mut String) -> Option<()> {
        self.nested(&mut |parser| parser.kind_here(out))
    }

    fn kind_here(&mut self, out: &mut String) -> Option<()> {
        let tag = self.next()?;
        if let Some(name) = basic(tag) {
            out.push_str(name);
            return Some(());
        }
        match tag {
            b'A' => {
                out.push('[');
                self.kind(out)?;
                out.push_str("; ");
                self.constant(out)?;
                out.push(']');
            }
            b'S' => {
                out.push('[');
                self.kind(out)?;
                out.push(']');
            }
            b'T' => write!(out, "({})", self.list(Self::kind)?).ok()?,
            b'R' | b'Q' => {
                if self.eat(b'L') {
                    self.base62()?;
                }
                out.push_str(if tag == b'R' { "&" } else { "&mut " });
                self.kind(out)?;
            }
            b'P' | b'O' => {
                out.push_str(if tag == b'P' { "*const " } else { "*mut " });
                self.kind(out)?;
            }
            b'F' => {
                self.tagged(b'G')?;
                self.eat(b'U');
                if self.eat(b'K') && !self.eat(b'C') {
                    self.identifier()?;
                }
                write!(out, "fn({})", self.list(Self::kind)?).ok()?;
                let mut result = String::new();
                self.kind(&mut result)?;
                if result != "()" {
                    write!(out, " -> {result}").ok()?;
                }
            }
            b'D' => {
                self.tagged(b'G')?;
                let bounds = self.list(Self::bound)?;
                write!(out, "dyn {}", bounds.replace(", ", " + ")).ok()?;
                if self.eat(b'L') {
                    self.base62()?;
                }
            }
            b'B' => self.back(&mut |parser| parser.kind(out))?,
            _ => {
                self.at -= 1;
                self.path(out, false)?;
            }
        }
        Some(())
    }

    fn bound(&mut self, out: &mut String) -> Option<()> {
        self.path(out, false)?;
        while self.eat(b'p') {
            self.identifier()?;
            self.kind(&mut String::new())?;
        }
        Some(())
    }

    /// Numbers, characters and booleans, which are all that stable Rust has.
    fn constant(&mut self, out: &mut String) -> Option<()> {
        match self.next()? {
            b'p' => out.push('_'),
            b'B' => return self.back(&mut |parser| parser.constant(out)),
            tag => {
                basic(tag)?;
                if self.eat(b'n') {
                    out.push('-');
                }
                let from = self.at;
                while self.next()? != b'_' {}
                let digits = std::str::from_utf8(&self.symbol[from..self.at - 1]).ok()?;
                let number = u128::from_str_radix(if digits.is_empty() { "0" } else { digits }, 16).ok()?;
                match (tag, u32::try_from(number).ok().and_then(char::from_u32)) {
                    (b'b', _) => *out += if number == 0 { "false" } else { "true" },
                    (b'c', Some(char)) => write!(out, "{char:?}").ok()?,
                    _ => *out += &number.to_string(),
                }
            }
        }
        Some(())
    }
}

fn basic(tag: u8) -> Option<&'static str> {
    Some(match tag {
        b'a' => "i8",
        b'b' => "bool",
        b'c' => "char",
        b'd' => "f64",
        b'e' => "str",
        b'f' => "f32",
        b'h' => "u8",
        b'i' => "isize",
        b'j' => "usize",
        b'l' => "i32",
        b'm' => "u32",
        b'n' => "i128",
        b'o' => "u128",
        b'p' => "_",
        b's' => "i16",
        b't' => "u16",
        b'u' => "()",
        b'v' => "...",
        b'x' => "i64",
        b'y' => "u64",
        b'z' => "!",
        _ => return None,
    })
}
