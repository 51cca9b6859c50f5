//! Models and their calls.

mod budgets;
pub(crate) mod calls;
mod prices;
pub(crate) mod registry;
