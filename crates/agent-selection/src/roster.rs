//! Who could take a task, and an index over how the agents describe themselves, built once per roster version.

mod index;
mod profile;
mod relevance;

pub use index::RosterIndex;
pub use profile::AgentProfile;
pub use relevance::Relevance;
