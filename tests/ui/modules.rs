use isolate::isolated;

#[isolated(grup = "a")]
mod tests {
    #[test]
    fn parameter((a, b): &Port) {}

    #[tokio::test]
    async fn foreign() {}

    #[cfg_attr(unix, test)]
    fn conditional() {}

    #[isolated(storage = "x")]
    mod inner {
        #[isolated(main_thread(x))]
        fn argument() {}
    }
}

#[isolated]
mod forgetful {
    fn works() {}
}

fn main() {}
