//! The RL orchestrator: gives each task to the agent most likely to succeed at it, hands it over, observes, learns.
//!
//! Three steps only: `routes` (parse, call, render) → `app` (plain functions over its state) → crates.
//! Invariant of absence: no SQL, no learning arithmetic, no execution of tasks.

mod app;
mod build;
mod config;
mod health;
mod routes;

pub use build::{BuildError, build, build_on};
