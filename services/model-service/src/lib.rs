//! Every thought of every agent goes through here: one gateway to OpenAI, Anthropic, compatible servers and the offline rules.
//!
//! Three steps only: `routes` (parse, call, render) → `app` (plain functions over its state) → `providers` and crates.
//! Invariant of absence: nothing here chooses agents or runs tools; a task's id is a label on a cost.

mod app;
mod build;
mod config;
mod error;
mod health;
pub mod providers;
mod routes;

pub use build::{BuildError, build, build_on};
pub use error::Error;
