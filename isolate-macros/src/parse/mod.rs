//! First stage: tokens in, what they say out. Nothing here knows of more than one attribute or item at a time.

#[cfg(feature = "runtime")]
pub mod above;
#[cfg(feature = "runtime")]
pub mod arguments;
#[cfg(feature = "runtime")]
pub mod attributes;
#[cfg(feature = "runtime")]
pub mod case;
#[cfg(feature = "runtime")]
pub mod custom;
#[cfg(feature = "runtime")]
pub mod duration;
#[cfg(feature = "runtime")]
pub mod fixture;
#[cfg(feature = "runtime")]
pub mod glob;
#[cfg(feature = "runtime")]
pub mod item;
#[cfg(feature = "runtime")]
pub mod limits;
pub mod list;
#[cfg(feature = "runtime")]
pub mod need;
#[cfg(feature = "runtime")]
pub mod parameter;
pub mod singleton;
