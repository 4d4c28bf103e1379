//! `limits(…)`: how much of the machine a test may use.

use tokens::Ident;

use super::duration::milliseconds;
use super::list::{self, Argument};
use super::value::text;
use crate::nearest::suggestion;
use crate::syntax::{Error, LitStr, Result, Value};

/// The most that a test may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// In bytes.
    pub memory: Option<u64>,
    /// At the same time.
    pub processes: Option<u32>,
    /// Open at the same time.
    pub files: Option<u32>,
    /// In seconds of CPU time.
    pub cpu: Option<u32>,
}

impl Limits {
    /// These limits, and those of `outer` where there is none.
    pub fn or(self, outer: Self) -> Self {
        Self {
            memory: self.memory.or(outer.memory),
            processes: self.processes.or(outer.processes),
            files: self.files.or(outer.files),
            cpu: self.cpu.or(outer.cpu),
        }
    }
}

/// `limits(…)`
pub fn limits(name: &Ident, value: Value) -> Result<Limits> {
    const FORM: &str = "write `limits(memory = \"512M\")`, with `memory`, `processes`, `files` or `cpu`";
    let list = match value {
        Value::None => return Err(Error::new(name.span(), FORM)),
        Value::Assigned(tokens) => return Err(Error::new_spanned(tokens, FORM)),
        Value::List(list) if list.stream().is_empty() => return Err(Error::new(name.span(), FORM)),
        Value::List(list) => list,
    };
    let mut limits = Limits::default();
    list::each(list.stream(), None, &mut |Argument { name, value }| {
        match name.to_string().as_str() {
            "memory" => limits.memory = Some(valid(&text(&name, value, "512M")?, bytes)?),
            "cpu" => limits.cpu = Some(valid(&text(&name, value, "10s")?, seconds)?),
            "processes" => limits.processes = Some(count(&name, value, 32)?),
            "files" => limits.files = Some(count(&name, value, 64)?),
            other => {
                let near = suggestion(other, &["memory", "processes", "files", "cpu"]);
                return Err(Error::new(name.span(), format!("unknown limit `{other}`; {near}")));
            }
        }
        Ok(())
    })?;
    Ok(limits)
}

fn valid<T>(text: &LitStr, parse: fn(&str) -> std::result::Result<T, String>) -> Result<T> {
    parse(text.value()).map_err(|message| Error::new(text.span(), message))
}

/// `512M`: a whole number with a unit of 1024, 1024² or 1024³ bytes.
fn bytes(text: &str) -> std::result::Result<u64, String> {
    const UNITS: [(&str, u64); 3] = [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    let exact = |text: &str| {
        let (_, unit) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
        let number: u64 = text[..text.len() - 1].parse().ok()?;
        number.checked_mul(*unit).filter(|&bytes| bytes > 0)
    };
    exact(text).ok_or_else(|| {
        let near = nearest(text).filter(|near| exact(near).is_some());
        let form = near.map_or_else(
            || "it is written as \"512M\", with K, M or G".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        format!("{text:?} is no amount of memory; {form}")
    })
}

/// What somebody probably meant who wrote `512MB`, `0.5 g` or `512`.
fn nearest(text: &str) -> Option<String> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    nearest_of(number, unit)
}

fn nearest_of(number: &str, unit: &str) -> Option<String> {
    let unit = unit.trim().to_ascii_uppercase();
    let unit = ["K", "M", "G"].into_iter().find(|known| unit.starts_with(known))?;
    let number = number.trim_end_matches('.');
    if number.contains('.') {
        let smaller = match unit {
            "G" => "M",
            "M" => "K",
            _ => return None,
        };
        let (whole, part) = number.split_once('.')?;
        let part: u64 = part.get(..part.len().min(6))?.parse().ok().map(|digits: u64| {
            let scale = 10_u64.pow(u32::try_from(part.len().min(6)).unwrap_or(0));
            digits * 1024 / scale
        })?;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        return Some(format!("{}{smaller}", whole.checked_mul(1024)? + part));
    }
    Some(format!("{number}{unit}"))
}

fn seconds(text: &str) -> std::result::Result<u32, String> {
    let milliseconds = milliseconds(text)?;
    let seconds = milliseconds.div_ceil(1000);
    if milliseconds % 1000 != 0 {
        return Err(format!(
            "CPU time is limited in whole seconds; did you mean \"{seconds}s\"?"
        ));
    }
    u32::try_from(seconds).map_err(|_| "that is longer than any test lasts".to_owned())
}

fn count(name: &Ident, value: Value, example: u32) -> Result<u32> {
    let form = format!("`{name}` takes a number, as in `{name} = {example}`");
    let Value::Assigned(tokens) = value else {
        return Err(Error::new(name.span(), form));
    };
    let number = |text: &str| text.trim().replace('_', "").parse::<u32>().ok();
    match number(&tokens.to_string()) {
        Some(0) => Err(Error::new_spanned(
            tokens,
            format!("with no {name} no test can run; the least is 1"),
        )),
        Some(number) => Ok(number),
        None => {
            let said = LitStr::parse(tokens.clone());
            let near = said.and_then(|text| number(text.value()));
            let form = near.map_or(form, |near| format!("`{name}` takes a number: write `{name} = {near}`"));
            Err(Error::new_spanned(tokens, form))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, seconds};

    #[test]
    fn reads_amounts_of_memory() {
        assert_eq!(bytes("512M"), Ok(512 << 20));
        assert_eq!(bytes("1G"), Ok(1 << 30));
        assert_eq!(bytes("64K"), Ok(64 << 10));
    }

    #[test]
    fn proposes_the_nearest_amount() {
        for (text, near) in [
            ("512MB", "512M"),
            ("512 MiB", "512M"),
            ("512m", "512M"),
            ("0.5G", "512M"),
            ("1.5g", "1536M"),
            (".5M", "512K"),
            ("2GB", "2G"),
        ] {
            let message = bytes(text).unwrap_err();
            assert!(message.ends_with(&format!("did you mean {near:?}?")), "{message}");
        }
        for text in [
            "",
            "512",
            "M",
            "0M",
            "-1M",
            "512T",
            "99999999999999999999G",
            "512B",
            "1.5K",
        ] {
            let message = bytes(text).unwrap_err();
            assert!(
                message.ends_with("it is written as \"512M\", with K, M or G"),
                "{message}"
            );
        }
    }

    #[test]
    fn counts_cpu_time_in_seconds() {
        assert_eq!(seconds("10s"), Ok(10));
        assert_eq!(seconds("1m30s"), Ok(90));
        assert_eq!(seconds("2000ms"), Ok(2));
        assert!(seconds("1500ms").unwrap_err().ends_with("did you mean \"2s\"?"));
        assert!(seconds("10").is_err());
        assert!(seconds("9999999h").unwrap_err().contains("longer than any test"));
    }
}
