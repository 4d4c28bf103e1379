//! Second stage: what the attributes, the defaults around them and the signature mean together.

pub mod cases;
pub mod defaults;
pub mod fixture;
pub mod signature;
pub mod test;
