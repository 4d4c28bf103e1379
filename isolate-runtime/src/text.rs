//! String literals among the values of a test, for parameters of other types: `#[case("127.0.0.1")] address: IpAddr`.

use std::any::type_name;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::str::FromStr;

use crate::failure::Failure;

/// A text that has to become a `T`, which is found out as [`Probe`](crate::fixture::Probe) finds its answer.
pub struct Text<T>(&'static str, PhantomData<T>);

impl<T> Text<T> {
    /// Holds the text.
    pub const fn new(text: &'static str) -> Self {
        Self(text, PhantomData)
    }
}

/// For types that can be parsed.
pub trait TextParsed<T> {
    /// Fails if the text isn't one.
    fn value(&self) -> Result<T, Failure>;
}

impl<T: FromStr<Err: Debug>> TextParsed<T> for &Text<T> {
    fn value(&self) -> Result<T, Failure> {
        self.0.parse().map_err(|error| {
            let (text, name) = (self.0, type_name::<T>());
            Failure::new(format!("the value {text:?} of this case is no `{name}`: {error:?}"))
        })
    }
}

/// For all others that can be made of a text.
pub trait TextFrom<T> {
    /// Always succeeds.
    fn value(&self) -> Result<T, Failure>;
}

impl<T: From<&'static str>> TextFrom<T> for Text<T> {
    fn value(&self) -> Result<T, Failure> {
        Ok(self.0.into())
    }
}
