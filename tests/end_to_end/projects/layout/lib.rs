//! Tests in every place that cargo knows.

pub fn double(n: i32) -> i32 {
    n * 2
}

#[cfg(test)]
mod tests {
    use isolate::prelude::*;

    use super::double;

    #[isolated]
    fn unit() {
        assert_eq!(double(2), 4);
    }

    mod nested {
        mod deeper {
            use isolate::prelude::*;

            #[isolated(storage)]
            fn deep() {
                assert!(storage.path().is_dir());
            }
        }
    }
}

/// Defaults for all of a module; what a test says wins.
#[cfg(test)]
#[isolate::isolated(storage, timeout = "60s", group = "module")]
mod defaults {

    use isolate::prelude::*;

    #[test]
    fn inherits() {
        assert!(storage.path().is_dir());
    }

    #[test]
    fn takes(storage: &Storage, _port: &Port) {
        assert!(storage.path().is_dir());
    }

    #[isolated(timeout = "500ms")]
    fn overrides() {
        loop {
            std::thread::park();
        }
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn panics() {
        panic!("on purpose");
    }

    #[test]
    #[ignore = "not today"]
    fn ignored() {}

    fn helper() -> i32 {
        4
    }

    #[test]
    fn has_helpers() -> Result<(), std::fmt::Error> {
        assert_eq!(helper(), 4);
        Ok(())
    }
}
