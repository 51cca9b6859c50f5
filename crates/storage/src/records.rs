//! The records that go in and come out. Plain data: what a row means, never how it is stored.
//!
//! Fields that end in `_json` are JSON text, passed through unread.

pub mod agent;
pub mod feedback;
pub mod key;
pub mod knowledge;
pub mod learning;
pub mod model;
pub mod policy;
pub mod redrive;
pub mod retention;
pub mod run;
pub mod schedule;
pub mod session;
pub mod settle;
pub mod step;
pub mod task;
