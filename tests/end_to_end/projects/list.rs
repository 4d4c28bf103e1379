//! Tests in every way to write them, and one that lists those of `isolate`.

#[cfg(test)]
mod plain {
    #[test]
    fn lists() {
        for case in isolate::__private::all() {
            let ignored = if case.ignored { " ignored" } else { "" };
            println!("{}: {:?} {:?}{ignored}", case.name(), case.group, case.timeout);
        }
    }

    #[test]
    #[ignore = "no"]
    fn is_ignored() {}
}

#[cfg(test)]
mod tests {
    use isolate::isolated;

    #[isolated]
    fn bare() {}

    #[isolated(group = "db", timeout = "5s")]
    #[ignore = "slow"]
    fn with_settings() {}

    #[isolated]
    #[cfg_attr(any(), ignore)]
    #[cfg_attr(all(), ignore = "here")]
    fn ignored_under_a_condition() {}

    #[isolated]
    #[cfg_attr(any(), ignore)]
    fn not_ignored() {}

    #[cfg(any())]
    #[isolated]
    fn not_there() {}

    #[isolated]
    #[case(1)]
    #[ignore]
    #[case::second(2)]
    #[cfg_attr(all(), ignore)]
    #[case(3)]
    fn cases(#[case] number: u8) {
        assert_ne!(number, 0);
    }

    #[isolated(group = "values")]
    #[ignore]
    fn ignored_values(#[values("a", "b c")] a: &str, #[values(1, 2)] b: u8) {
        assert!(a.len() > b.into());
    }
}

#[cfg(test)]
#[isolate::isolated(group = "all")]
mod r#loop {
    #[test]
    fn r#match() {}

    mod deeper {
        #[test]
        #[case(1)]
        fn r#type(#[case] _number: u8) {}
    }
}

#[cfg(test)]
macro_rules! tests {
    ($($name:ident)*) => { $(#[isolate::isolated] fn $name() {})* };
}

#[cfg(test)]
tests!(of_a_macro and_another);
