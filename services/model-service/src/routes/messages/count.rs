//! `POST /v1/messages/count_tokens`, as Anthropic's clients send it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use serde::Serialize;
use service_api::chat::ChatRequest;
use service_kit::Problem;
use service_kit::extract::Json;
use utoipa::ToSchema;

use super::super::document::{Document, read, shaped, whole};
use super::super::facts;
use super::request::CountRequest;
use super::{asked, losses};
use crate::Error;
use crate::app;
use crate::app::count::{Counted, count};
use crate::providers::Notes;

/// Who vouches for the count.
const BY: HeaderName = HeaderName::from_static("x-token-count");

/// Tokens that a request would read.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenCount {
    /// Of system prompt, tools and messages together.
    input_tokens: u64,
}

/// Counts the tokens that a request would read, without asking a model.
///
/// The header `X-Token-Count` says where the count comes from: `provider` (Anthropic, or whoever speaks its protocol), `tokenizer` (the
/// exact count of a model in this process) or `estimate` (3 bytes of text a token, rather too many than too few).
#[utoipa::path(
    post,
    path = "/v1/messages/count_tokens",
    tag = "anthropic",
    request_body = CountRequest,
    responses((status = 200, description = "The count", body = TokenCount), Problem)
)]
pub async fn count_tokens(
    State(state): State<app::State>,
    headers: HeaderMap,
    document: Document,
) -> Result<Response, Problem> {
    let (counted, facts) = count(&state, &asked(document, &headers, translate)).await.map_err(shaped)?;
    let answer = |by, input_tokens| ([(BY, by)], Json(TokenCount { input_tokens })).into_response();
    let answer = match counted {
        Counted::Told(bytes) => ([(BY, "provider")], whole(bytes)).into_response(),
        Counted::Exact(tokens) => answer("tokenizer", tokens),
        Counted::Estimate(tokens) => answer("estimate", tokens),
    };
    Ok((facts::headers(&facts), answer).into_response())
}

fn translate(bytes: &[u8], notes: &Notes) -> Result<ChatRequest, Error> {
    losses::note(&read(bytes)?, notes);
    read::<CountRequest>(bytes)?.parse(notes)
}
