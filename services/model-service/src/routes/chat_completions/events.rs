//! Chunks as the events of chat completions.

use serde_json::json;
use service_api::chat::ChatChunk;

use super::super::telling::{Telling, event};
use crate::providers::ProviderError;

/// Chunks are told as they are.
pub struct Chunks;

impl Telling for Chunks {
    fn chunk(&mut self, chunk: ChatChunk) -> String {
        serde_json::to_string(&chunk).map(|text| event("", &text)).unwrap_or_default()
    }

    fn failure(&mut self, error: &ProviderError) -> String {
        let facts = json!({
            "message": error.to_string(), "type": "provider_error", "code": error.code(), "blame": error.blame().as_str(),
        });
        event("", &json!({ "error": facts }).to_string())
    }

    fn end(&mut self) -> String {
        event("", "[DONE]")
    }
}
