//! The execution API over real sockets, with a scripted model service behind it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod agents;
mod approval;
mod bad_input;
#[path = "../../../../tests/e2e/database.rs"]
mod database;
mod delegate;
mod execute;
mod fake_model;
mod harness;
mod infrastructure;
mod knowledge;
mod openapi;
mod queues;
mod recovery;
mod shutdown;
mod stream;
mod surgery;
mod tasks;
mod tokens;
mod tools;
