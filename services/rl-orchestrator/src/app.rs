//! What the orchestrator does, as plain functions over its state. Knows no HTTP.

mod adopt;
pub(crate) mod analytics;
pub(crate) mod assign;
pub(crate) mod dead_letters;
mod decide;
pub(crate) mod dispatch;
mod error;
mod execution;
pub(crate) mod explain;
pub(crate) mod feedback;
pub(crate) mod learn;
mod pace;
pub(crate) mod performance;
pub(crate) mod policy;
pub(crate) mod roster;
pub(crate) mod schedules;
pub(crate) mod select;
pub(crate) mod settle;
pub(crate) mod state;
pub(crate) mod tasks;
pub(crate) mod tenant_rates;

pub use error::{Error, Insufficient};
pub(crate) use execution::Execution;
pub(crate) use state::State;
