use isolate::isolated;

#[isolated(grup = "a")]
mod tests {
    #[test]
    fn parameter(prot: &Port) {}

    #[tokio::test]
    async fn foreign() {}

    #[cfg_attr(unix, test)]
    fn conditional() {}

    #[isolated(storage = "x")]
    mod inner {
        #[isolated(main_tread)]
        fn argument() {}
    }
}

fn main() {}
