use isolate::isolated;

#[isolated(network = "requier", files = 5)]
fn misspelt() {}

#[isolated(network(true), files = "sometimes")]
fn shapes() {}

#[isolated(files, netwrok = "off")]
mod defaults {
    #[test]
    #[isolated(files, files)]
    fn twice() {}
}

fn main() {}
