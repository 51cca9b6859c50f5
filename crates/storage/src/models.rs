//! Models and their calls.

pub(crate) mod calls;
pub(crate) mod registry;
