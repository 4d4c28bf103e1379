//! The names that Rust's symbols stand for, without hashes. std demangles as well, but only what it finds by itself, which
//! doesn't tell the module where there are line tables alone.

mod newer;

/// `None` for what isn't Rust's.
pub(super) fn demangle(symbol: &str) -> Option<String> {
    // What an optimiser adds to copies of a function.
    let symbol = symbol
        .split('.')
        .next()
        .filter(|s| s.starts_with("_R"))
        .unwrap_or(symbol);
    match symbol.strip_prefix("_R") {
        Some(symbol) => newer::demangle(symbol),
        None => older(symbol),
    }
}

/// `_ZN5watch4poll17h0123456789abcdefE`
fn older(symbol: &str) -> Option<String> {
    let mut rest = symbol.strip_prefix("_ZN")?;
    let mut segments = Vec::new();
    while !rest.starts_with('E') {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let end = digits.checked_add(rest[..digits].parse().ok()?)?;
        segments.push(rest.get(digits..end)?);
        rest = &rest[end..];
    }
    // Only Rust's names end with a hash.
    let hash = segments.pop()?.strip_prefix('h')?;
    if hash.len() != 16 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut name = String::new();
    for segment in segments {
        if !name.is_empty() {
            name.push_str("::");
        }
        name.push_str(&unescape(segment));
    }
    Some(name)
}

fn unescape(segment: &str) -> String {
    let mut rest = segment
        .strip_prefix('_')
        .filter(|rest| rest.starts_with('$'))
        .unwrap_or(segment);
    let mut plain = String::with_capacity(rest.len());
    while let Some(at) = rest.find(['$', '.']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("..") {
            plain.push_str("::");
            rest = after;
            continue;
        }
        let escape = rest[1..].split_once('$').filter(|_| rest.starts_with('$'));
        if let Some((char, after)) = escape.and_then(|(code, after)| Some((escaped(code)?, after))) {
            plain.push(char);
            rest = after;
        } else {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    plain + rest
}

fn escaped(code: &str) -> Option<char> {
    Some(match code {
        "SP" => '@',
        "BP" => '*',
        "RF" => '&',
        "LT" => '<',
        "GT" => '>',
        "LP" => '(',
        "RP" => ')',
        "C" => ',',
        _ => char::from_u32(u32::from_str_radix(code.strip_prefix('u')?, 16).ok()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn symbols_of_both_manglings_read_as_names() {
        for (symbol, name) in [
            ("_ZN5watch4poll17h0123456789abcdefE", "watch::poll"),
            ("_ZN5watch4poll17h0123456789abcdefE.llvm.42", "watch::poll"),
            (
                "_ZN5watch4poll28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
                "watch::poll::{{closure}}",
            ),
            (
                "_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE",
                "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop",
            ),
            ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
            ("_RNCNvC1a1b0", "a::b::{closure#0}"),
            ("_RNCNvC1a1bs_0", "a::b::{closure#1}"),
            ("_RNvMs_NtC1a1bNtB4_1C1d", "<a::b::C>::d"),
            (
                "_RNvXCs1_1aNtB2_1BNtNtC4core3ops4Drop4drop",
                "<a::B as core::ops::Drop>::drop",
            ),
            ("_RINvC1a1bhReFlEuE", "a::b::<u8, &str, fn(i32)>"),
            ("_RINvC1a1bKj10_E", "a::b::<16>"),
        ] {
            assert_eq!(demangle(symbol).as_deref(), Some(name), "{symbol}");
        }
    }

    #[test]
    fn what_is_no_name_of_rusts_is_left_alone() {
        for symbol in [
            "main",
            "_ZN3foo3barE",
            "_ZNSt6vectorIiE4pushEv",
            "_ZN",
            "_R",
            "_RNvB_",
            "_RB_",
            "_ZN99",
            "_ZN5ä",
        ] {
            assert_eq!(demangle(symbol), None, "{symbol}");
        }
    }
}
