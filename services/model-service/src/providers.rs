//! Who can answer: each provider speaks its own protocol outside and the words of `service_api::chat` inside.
//!
//! Knows nothing of registries, prices, storage or our own routes.

pub mod anthropic;
mod call;
mod error;
#[cfg(test)]
mod fixture_server;
pub mod local;
pub mod offline;
mod openai;
mod provider;
pub mod relay;
pub mod retell;
mod upstream;

use resilient_http::sse;

pub use anthropic::Anthropic;
pub use call::{Call, ChunkStream, Embedding, EmbeddingCall, EventStream, Notes, RelayCall, Relayed};
pub use error::{ProviderError, Rejection};
pub use local::Local;
pub use openai::{Dialect, OpenAi};
pub use provider::{Protocol, Provider, ProviderKind, ProviderState};
pub use resilient_http::sse::Event;
pub use upstream::{Upstream, UpstreamOptions};
