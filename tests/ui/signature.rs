use isolate::prelude::*;

#[isolated]
async fn asynchronous() {}

#[isolated]
const fn constant() {}

#[isolated]
unsafe fn dangerous() {}

#[isolated]
extern "C" fn foreign() {}

#[isolated]
fn generic<T, const N: usize>() {}

#[isolated]
fn bounded()
where
    u8: Copy,
{
}

#[isolated]
fn borrowed<'a>(storage: &'a Storage) {}

#[isolated]
fn method(self) {}

#[isolated]
fn twice(storage: &Storage, _storage: &Storage) {}

#[isolated]
fn patterns((a, b): &Storage, _: &Storage, ref port: &Port) {}

#[isolated]
fn conditional(#[cfg(unix)] storage: &Storage) {}

#[isolated]
#[should_panic(expected = "full")]
fn panics() -> Result<()> {
    Ok(())
}

#[isolated(group = 5)]
async unsafe fn everything<T>(prot: &Port) {}

fn main() {}
