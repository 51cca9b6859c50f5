//! Who can answer: each provider speaks its own protocol outside and the words of `service_api::chat` inside.
//!
//! Knows nothing of registries, prices, storage or our own routes.

pub mod anthropic;
mod call;
mod error;
#[cfg(test)]
mod fixture_server;
pub mod offline;
mod openai;
mod provider;
mod sse;
mod upstream;

pub use anthropic::Anthropic;
pub use call::{Call, ChunkStream, Embedding, EmbeddingCall};
pub use error::{ProviderError, Rejection};
pub use openai::OpenAi;
pub use provider::{Provider, ProviderKind, ProviderState};
pub use upstream::{Upstream, UpstreamOptions};
