//! The RL server: receives experiences, trains policies from the log, publishes versions that orchestrators pick up.
//!
//! Three steps only: `routes` (parse, call, render) → `app` (plain functions over its state) → crates.
//! Invariant of absence: no SQL, no learning arithmetic, no decision about a task.

mod app;
mod build;
mod config;
mod routes;

pub use build::{BuildError, build, build_on};
