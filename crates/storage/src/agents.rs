//! The roster.

pub(crate) mod edit;
pub(crate) mod read;
pub(crate) mod seed;
