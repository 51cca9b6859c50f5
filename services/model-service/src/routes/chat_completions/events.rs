//! Chunks as server-sent events.

use axum::response::Response;
use futures::{Stream, StreamExt, future, stream};
use serde_json::json;
use service_api::chat::ChatChunk;

use super::super::document::{event, event_stream};
use crate::providers::ProviderError;

/// The stream as an answer. After an error there is no `[DONE]`: clients must not take the rest for the whole.
pub fn response(chunks: impl Stream<Item = Result<ChatChunk, ProviderError>> + Send + 'static) -> Response {
    let ended = stream::once(future::ready(None));
    event_stream(chunks.map(Some).chain(ended).scan(false, |failed, chunk| {
        let text = match chunk {
            _ if *failed => None,
            Some(Ok(chunk)) => serde_json::to_string(&chunk).ok(),
            Some(Err(error)) => {
                *failed = true;
                Some(failure(&error))
            }
            None => Some("[DONE]".to_owned()),
        };
        future::ready(text.map(|text| event("", &text)))
    }))
}

/// The form that OpenAI's clients raise as an error.
fn failure(error: &ProviderError) -> String {
    let facts = json!({
        "message": error.to_string(), "type": "provider_error", "code": error.code(), "blame": error.blame().as_str(),
    });
    json!({ "error": facts }).to_string()
}
