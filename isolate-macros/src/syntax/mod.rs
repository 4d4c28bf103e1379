//! As much of Rust's grammar as our attributes have to know: items up to their bodies, attributes, paths, strings.
//!
//! Bodies, types, patterns and values stay the tokens that they are, and what is wrong with them is left to rustc. That
//! takes a fraction of what `syn` takes to build, on which nothing else of ours would depend.
#![cfg_attr(not(feature = "runtime"), allow(dead_code, reason = "singletons need half of it"))]

mod angles;
mod attribute;
mod cursor;
mod error;
#[cfg(feature = "runtime")]
mod function;
mod item;
#[cfg(feature = "runtime")]
mod module;
#[cfg(feature = "runtime")]
mod parameter;
mod path;
#[cfg(feature = "runtime")]
mod text;
#[cfg(feature = "runtime")]
pub mod ty;
#[cfg(feature = "runtime")]
pub mod values;
mod word;

pub use self::angles::Angles;
#[cfg(feature = "runtime")]
pub use self::attribute::Meta;
pub use self::attribute::{Attribute, Value};
pub use self::cursor::{Cursor, is_punct, is_word, span};
pub use self::error::{Error, Result};
#[cfg(feature = "runtime")]
pub use self::function::{Function, Output, Signature};
pub use self::item::Item;
#[cfg(feature = "runtime")]
pub use self::module::{Module, is_module};
#[cfg(feature = "runtime")]
pub use self::parameter::{FnArg, PatType};
pub use self::path::Path;
#[cfg(feature = "runtime")]
pub use self::text::LitStr;
pub use self::word::IdentExt;
#[cfg(feature = "runtime")]
pub use self::word::is_keyword;
