//! `POST /v1/embeddings`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_kit::Problem;
use service_kit::extract::Json;
use utoipa::ToSchema;

use super::behalf::Behalf;
use super::document::{Sent, shaped};
use super::facts;
use crate::app;
use crate::app::embed::{EmbedRequest, embed};

/// Texts to be embedded.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EmbeddingsRequest {
    /// A model with the capability `embeddings`; `default` is `hashed-ngram`, which needs no provider.
    #[serde(default = "default_model")]
    model: String,
    /// One text, or up to 2,048.
    input: Input,
    /// How long the vectors shall be, 1–4,096; by default as long as the model makes them.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4096)]
    dimensions: Option<u32>,
    /// `float` (lists of numbers) or `base64` (little-endian 32-bit floats).
    #[serde(default)]
    encoding_format: Encoding,
}

/// One text, or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "must be a text or a list of texts")]
#[schema(as = EmbeddingsInput)]
enum Input {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = EmbeddingsEncoding)]
enum Encoding {
    #[default]
    Float,
    Base64,
}

/// Vectors.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmbeddingsAnswer {
    /// Always `list`.
    object: &'static str,
    /// In the order of the texts.
    data: Vec<EmbeddingItem>,
    /// The model's id in the registry.
    model: String,
    /// Tokens read.
    usage: EmbeddingsUsage,
}

#[derive(Debug, Serialize, ToSchema)]
struct EmbeddingItem {
    object: &'static str,
    index: usize,
    /// A list of numbers, or base64.
    #[schema(value_type = Vec<f32>)]
    embedding: Value,
}

#[derive(Debug, Serialize, ToSchema)]
struct EmbeddingsUsage {
    prompt_tokens: u64,
    total_tokens: u64,
}

fn default_model() -> String {
    "default".to_owned()
}

/// Turns texts into vectors.
#[utoipa::path(
    post,
    path = "/v1/embeddings",
    tag = "openai",
    request_body = EmbeddingsRequest,
    responses((status = 200, description = "A vector for each text", body = EmbeddingsAnswer), Problem)
)]
pub async fn embeddings(
    State(state): State<app::State>,
    Behalf(behalf): Behalf,
    Sent(request): Sent<EmbeddingsRequest>,
) -> Result<Response, Problem> {
    let input = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    let asked = EmbedRequest { model: request.model, input, dimensions: request.dimensions };
    let embedded = embed(&state, asked, &behalf).await.map_err(shaped)?;
    let tokens = embedded.embedding.tokens;
    let items = embedded.embedding.vectors.into_iter().enumerate();
    let answer = EmbeddingsAnswer {
        object: "list",
        data: items.map(|(index, vector)| item(index, &vector, request.encoding_format)).collect(),
        model: embedded.facts.route.model_id.clone(),
        usage: EmbeddingsUsage { prompt_tokens: tokens, total_tokens: tokens },
    };
    Ok((facts::headers(&embedded.facts), Json(answer)).into_response())
}

fn item(index: usize, vector: &[f32], encoding: Encoding) -> EmbeddingItem {
    let embedding = match encoding {
        Encoding::Float => Value::from(vector.to_vec()),
        Encoding::Base64 => {
            let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
            Value::from(STANDARD.encode(bytes))
        }
    };
    EmbeddingItem { object: "embedding", index, embedding }
}
