//! What is asked of a provider, and what comes back.

use std::pin::Pin;

use futures::Stream;
use service_api::chat::{ChatChunk, ChatRequest};
use tokio::time::Instant;

use super::ProviderError;

/// A chat request on its way to one provider.
#[derive(Debug, Clone)]
pub struct Call {
    /// The request; `model` is already the provider's own name for it.
    pub request: ChatRequest,
    /// When the caller stops waiting; `None`: as long as the provider's settings allow.
    pub deadline: Option<Instant>,
    /// The clock, in Unix seconds, for answers whose provider tells no time.
    pub now: i64,
}

/// A streamed answer. It ends after an error.
pub type ChunkStream = Pin<Box<dyn Stream<Item = Result<ChatChunk, ProviderError>> + Send>>;

/// Texts on their way to an embedding model.
#[derive(Debug, Clone)]
pub struct EmbeddingCall {
    /// The provider's own name for the model.
    pub model: String,
    /// The texts.
    pub input: Vec<String>,
    /// How long the vectors shall be, if the caller minds.
    pub dimensions: Option<u32>,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
}

/// The vectors of an [`EmbeddingCall`], in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// One for each text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens read.
    pub tokens: u64,
}
