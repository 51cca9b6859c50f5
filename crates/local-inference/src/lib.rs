//! Language and embedding models that run in this process, from files on this machine: weights, tokenizer, chat template.
//!
//! The engine is candle. Files are read when a model is opened, and nothing afterwards.
//!
//! Invariant of absence: no HTTP, no registry, no wire contract.

mod chat;
mod conversation;
mod embedding;
mod error;
mod files;
mod sampling;
mod stop;
mod template;
mod tokens;
mod tool_call;
mod weights;

pub use chat::{ChatModel, Finish, Finished};
pub use conversation::{Call, Conversation, Turn};
pub use embedding::{EmbeddingModel, Vectors};
pub use error::Error;
pub use sampling::Sampling;
pub use tool_call::split as split_tool_calls;
