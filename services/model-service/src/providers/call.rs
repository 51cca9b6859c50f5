//! What is asked of a provider, and what comes back.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use http::HeaderMap;
use parking_lot::Mutex;
use resilient_http::Tries;
use service_api::chat::{ChatChunk, ChatRequest};
use tokio::time::Instant;

use super::ProviderError;
use super::sse::Event;

/// A chat request on its way to one provider.
#[derive(Debug, Clone)]
pub struct Call {
    /// The request; `model` is already the provider's own name for it.
    pub request: ChatRequest,
    /// When the caller stops waiting; `None`: as long as the provider's settings allow.
    pub deadline: Option<Instant>,
    /// The clock, in Unix seconds, for answers whose provider tells no time.
    pub now: i64,
    /// Where it is noted what happened on the way.
    pub notes: Notes,
}

/// What happened on the way to an answer. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    tries: Arc<Tries>,
    warnings: Mutex<Vec<String>>,
}

impl Notes {
    /// How often something was sent to a provider.
    pub fn tries(&self) -> u32 {
        self.0.tries.made()
    }

    /// How often a sending came to a bad end.
    pub fn failures(&self) -> u32 {
        self.0.tries.failed()
    }

    /// What counts the sendings.
    pub fn counter(&self) -> Arc<Tries> {
        self.0.tries.clone()
    }

    /// Notes something that the caller asked for and does not get, or not exactly.
    pub fn warn(&self, warning: impl Into<String>) {
        let (mut warnings, warning) = (self.0.warnings.lock(), warning.into());
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// The warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        self.0.warnings.lock().clone()
    }
}

/// A request that goes to the provider in the caller's own words.
#[derive(Debug, Clone)]
pub struct RelayCall {
    /// Below the provider's base.
    pub path: &'static str,
    /// The body; `model` is already the provider's own name for it.
    pub body: Bytes,
    /// Headers of the protocol that the caller sent.
    pub headers: HeaderMap,
    /// Whether the answer comes as events.
    pub stream: bool,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
    /// Where it is noted what happened on the way.
    pub notes: Notes,
}

/// An answer in the provider's own words.
pub enum Relayed {
    /// A whole one.
    Whole(Bytes),
    /// One that comes as events.
    Events(EventStream),
}

/// Events in the provider's own words. It ends after an error.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Event, ProviderError>> + Send>>;

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
    /// Where it is noted what happened on the way.
    pub notes: Notes,
}

/// The vectors of an [`EmbeddingCall`], in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// One for each text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens read.
    pub tokens: u64,
}
