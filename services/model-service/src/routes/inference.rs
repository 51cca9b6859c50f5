//! `POST /api/v1/inference` and `/batch`: one thought, or many, in our own words.

mod wire;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use service_kit::Problem;
use service_kit::extract::Json;

use super::behalf::Behalf;
use super::facts;
use crate::app::{self, ask, inference as app_inference};
use wire::{BatchAnswer, BatchItem, BatchRequest, InferenceAnswer, InferenceRequest};

/// Asks a model by prompt or by messages.
#[utoipa::path(
    post,
    path = "/api/v1/inference",
    tag = "inference",
    request_body = InferenceRequest,
    responses((status = 200, description = "The answer with its usage, cost and provider", body = InferenceAnswer), Problem)
)]
pub async fn inference(
    State(state): State<app::State>,
    Behalf(headers): Behalf,
    Json(request): Json<InferenceRequest>,
) -> Result<Response, Problem> {
    let (request, behalf) = request.parse("", &headers)?;
    let answered = ask::ask(&state, request, &behalf).await?;
    let headers = facts::headers(&answered.facts);
    Ok((headers, Json(InferenceAnswer::render(answered))).into_response())
}

/// Asks many at once; each has its own answer or problem, in order.
#[utoipa::path(
    post,
    path = "/api/v1/inference/batch",
    tag = "inference",
    request_body = BatchRequest,
    responses((status = 200, description = "An answer or a problem for each request", body = BatchAnswer), Problem)
)]
pub async fn batch(
    State(state): State<app::State>,
    Behalf(headers): Behalf,
    Json(request): Json<BatchRequest>,
) -> Result<Json<BatchAnswer>, Problem> {
    let asked = request.parse(&headers)?;
    let results = app_inference::batch(&state, asked).await;
    Ok(Json(BatchAnswer { results: results.into_iter().map(BatchItem::render).collect() }))
}
