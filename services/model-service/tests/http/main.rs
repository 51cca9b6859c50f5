//! The model service over real sockets, with a database of its own and stand-ins for OpenAI and Anthropic.
#![allow(clippy::unwrap_used)]

mod anthropic;
mod bad_input;
mod books;
mod budgets;
mod cache;
mod count;
mod embeddings;
mod failures;
mod fallbacks;
mod inference;
mod kept;
mod lifetimes;
mod limits;
#[cfg(feature = "local-inference")]
mod local;
mod offline;
mod openai;
mod openapi;
mod protocols;
mod registry;
mod schemas;
mod similar;
mod support;
