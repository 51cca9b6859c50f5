//! The only crate with SQL: what every service reads and writes, on SQLite and on PostgreSQL.
//!
//! Invariant of absence: it makes no decisions. It does not choose agents, compute rewards or judge outcomes;
//! it keeps what it is told, in one transaction where that matters, and refuses what came too late.
//!
//! Methods are noun-first and live in one file per noun. All writes of a process go through one queue (`writer`),
//! so that whatever waits at the same time shares one durable commit; a write method returns after its commit.

mod agents;
mod backup;
mod blobs;
mod books;
mod error;
mod experiences;
mod feedback;
mod keys;
mod knowledge;
mod lanes;
mod memory;
mod migrations;
mod models;
mod open;
mod options;
mod page;
mod performance;
#[cfg(test)]
mod plans;
mod policies;
mod records;
mod redrives;
mod retention;
mod runs;
mod schedules;
mod sessions;
mod settle;
mod signals;
mod sql;
mod steps;
mod tasks;
mod training;
mod trial;
mod upkeep;
mod url;
mod writer;

pub use backup::Backup;
pub use books::{Books, Damage, Death, Ledger, Moment, SeenEffect, Violation};
pub use error::{Error, Result};
pub use open::{Kind, Storage};
pub use options::StorageOptions;
pub use page::{Listing, Page};
pub use records::agent::*;
pub use records::feedback::*;
pub use records::key::*;
pub use records::knowledge::*;
pub use records::learning::*;
pub use records::model::*;
pub use records::policy::*;
pub use records::redrive::*;
pub use records::retention::*;
pub use records::run::*;
pub use records::schedule::*;
pub use records::session::*;
pub use records::settle::*;
pub use records::step::*;
pub use records::task::*;
pub use signals::{Signal, Signals};
pub use trial::{TakenConnections, TrialServer};
