//! What the service does, as plain functions over its state. Knows no HTTP.

pub mod agent_edit;
pub mod agents;
pub mod delegate;
pub mod execute;
pub mod fork;
pub mod gauges;
pub mod health;
pub mod history;
pub mod inbox;
pub mod keys;
pub mod knowledge;
pub mod memory;
pub mod roster;
pub mod seed;
pub mod stream;
pub mod suggest;
pub mod surgery;
pub mod tasks;
pub mod wait;
pub mod watchers;
pub mod words;
pub mod worker;
