//! Durations as people write them.

/// Reads `"5s"`, `"500ms"`, `"2m"`, `"1h"`, `"1m30s"` as milliseconds; fails unless it is more than zero.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    let malformed = || format!("`{text}` is not a duration; write it as \"500ms\", \"5s\" or \"1m30s\"");
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut smallest_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(malformed)?;
        let count: u64 = rest[..digits].parse().map_err(|_| malformed())?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(malformed()),
        };
        if unit >= smallest_unit {
            return Err(malformed());
        }
        smallest_unit = unit;
        rest = &rest[end..];
        total = count
            .checked_mul(unit)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(malformed)?;
    }
    if smallest_unit == u64::MAX {
        return Err(malformed());
    }
    if total == 0 {
        return Err(String::from(
            "a duration of nothing; leave the argument out for the default",
        ));
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn reads_units() {
        for (text, expected) in [
            ("5s", 5_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1m30s", 90_000),
            (" 1s1ms ", 1_001),
        ] {
            assert_eq!(milliseconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            " ",
            "5",
            "s",
            "5 s",
            "1.5s",
            "-1s",
            "5sec",
            "30s1m",
            "1s1s",
            "0s",
            "99999999999999999999s",
            "9999999999999999999h",
            "5µs",
        ] {
            assert!(milliseconds(text).is_err(), "{text}");
        }
    }
}
