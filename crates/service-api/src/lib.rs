//! Every request and response the services exchange, as they stand on the wire.
//!
//! Invariant of absence: no logic beyond conversion. Parsing into domain types happens in each service's `routes`.

pub mod agents;
pub mod assign;
pub mod chat;
pub mod dead_letter;
pub mod execute;
pub mod explain;
pub mod feedback;
pub mod inbox;
pub mod knowledge;
pub mod performance;
pub mod policy;
pub mod problem;
pub mod schedule;
pub mod task;
mod time;

pub use time::{from_rfc3339, rfc3339};
