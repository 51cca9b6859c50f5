//! The embeddings call.

use serde::Deserialize;
use serde_json::json;

use super::super::{Embedding, EmbeddingCall};

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
    #[serde(default)]
    usage: Used,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Default, Deserialize)]
struct Used {
    #[serde(default)]
    prompt_tokens: u64,
}

/// The body of the request.
pub fn body(call: &EmbeddingCall) -> Vec<u8> {
    let mut body = json!({ "model": call.model, "input": call.input, "encoding_format": "float" });
    if let Some(dimensions) = call.dimensions {
        body["dimensions"] = json!(dimensions);
    }
    body.to_string().into_bytes()
}

/// The vectors in the order of the texts; `None` when there are not exactly `expected`.
pub fn read(bytes: &[u8], expected: usize) -> Option<Embedding> {
    let mut answer: Answer = serde_json::from_slice(bytes).ok()?;
    answer.data.sort_by_key(|item| item.index);
    let vectors: Vec<_> = answer.data.into_iter().map(|item| item.embedding).collect();
    (vectors.len() == expected).then_some(Embedding { vectors, tokens: answer.usage.prompt_tokens })
}
