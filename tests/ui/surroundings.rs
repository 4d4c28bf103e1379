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

#[isolated(limits)]
fn what() {}

#[isolated(limits(), limits(memory = "1G"))]
fn nothing() {}

#[isolated(limits = "512M")]
fn assigned() {}

#[isolated(limits(memory = "512MB", cpu = "1500ms", files = "64", processes = 0))]
fn values() {}

#[isolated(limits(memory = 512, cpu = 10, files = -1, proceses = 3))]
fn types() {}

#[isolated(process = false, limits(files = 5))]
fn contradiction() {}

fn main() {}
