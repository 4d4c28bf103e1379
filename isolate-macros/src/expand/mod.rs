//! Third stage: the code.

#[cfg(feature = "runtime")]
mod cases;
#[cfg(feature = "runtime")]
pub mod fixture;
#[cfg(feature = "runtime")]
pub mod isolated;
#[cfg(feature = "runtime")]
pub mod module;
#[cfg(feature = "runtime")]
mod place;
#[cfg(feature = "runtime")]
mod request;
pub mod singleton;
#[cfg(feature = "runtime")]
pub mod test;

#[cfg(all(test, feature = "runtime"))]
mod tests;
