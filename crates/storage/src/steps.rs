//! The step journal.

pub(crate) mod list;
pub(crate) mod write;
