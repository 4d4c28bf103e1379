//! A value of session scope that serde writes and reads.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::process;

    use isolate::prelude::*;
    use isolate::{Json, fixture};

    #[fixture(scope = "session")]
    fn populations() -> Json<BTreeMap<String, Option<u32>>> {
        let keeper = ("keeper".to_owned(), Some(process::id()));
        Json(BTreeMap::from([("Tuvalu".to_owned(), Some(11_000)), ("Atlantis".to_owned(), None), keeper]))
    }

    #[isolated]
    fn is_read(populations: &BTreeMap<String, Option<u32>>) {
        assert_eq!(populations["Tuvalu"], Some(11_000));
        assert_eq!(populations["Atlantis"], None);
        assert_ne!(populations["keeper"], Some(process::id()));
    }
}
