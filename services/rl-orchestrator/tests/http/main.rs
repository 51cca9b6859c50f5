//! The orchestrator over real sockets, with a database of its own and a stand-in for the execution API.
#![allow(clippy::unwrap_used)]

mod analytics;
mod bad_input;
mod ceilings;
mod conformance;
mod dead_letters;
mod dispatch;
mod feedback;
mod idempotency;
mod learning;
mod openapi;
mod schedules;
mod support;
mod tasks;
mod tenant_rates;
