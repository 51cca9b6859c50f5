//! What stands for local models in a build without them.

use super::{CannotOpen, LocalModel, Opened};
use crate::providers::{Call, ChunkStream, Embedding, EmbeddingCall, ProviderError};
use service_api::chat::ChatAnswer;

/// Cannot exist.
pub enum Local {}

impl Local {
    /// Refuses: this build has no engine.
    pub async fn open(models: &[LocalModel]) -> Result<Option<Self>, CannotOpen> {
        match models.first() {
            None => Ok(None),
            Some(model) => Err(CannotOpen {
                name: model.name.clone(),
                why:
                    "this program was built without local models; build it with --features local-inference, \
                      or use the image target `local`"
                        .to_owned(),
            }),
        }
    }

    /// None.
    pub fn models(&self) -> Vec<Opened> {
        match *self {}
    }

    /// Never called.
    pub async fn chat(&self, _: Call) -> Result<ChatAnswer, ProviderError> {
        match *self {}
    }

    /// Never called.
    pub async fn stream(&self, _: Call) -> Result<ChunkStream, ProviderError> {
        match *self {}
    }

    /// Never called.
    pub fn count(&self, _: &Call) -> Result<u64, ProviderError> {
        match *self {}
    }

    /// Never called.
    pub async fn embed(&self, _: EmbeddingCall) -> Result<Embedding, ProviderError> {
        match *self {}
    }
}
