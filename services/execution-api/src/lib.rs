//! The execution API: takes tasks for agents, drives each as a durable ReAct loop, and keeps the roster, knowledge and memory.
//!
//! Three steps only: `routes` (parse, call, render) → `app` (plain functions over the state) → crates.
//! Invariant of absence: no SQL, no choice of agents, no prompts of its own; what a step means is `react-agent`'s.

mod app;
mod build;
mod clock;
mod error;
mod problem;
mod render;
mod routes;
mod settings;
mod state;
pub mod tools;

pub use build::{BuildError, build, build_on};
