//! `POST /v1/messages`, as Anthropic's clients send it.

mod answer;
mod request;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use service_kit::Problem;
use service_kit::extract::Json;

use super::behalf::Behalf;
use super::facts;
use crate::app::{self, ask};
use answer::MessagesAnswer;
use request::MessagesRequest;

/// Asks for the next turn of a conversation. Answers that come in pieces are to be had from `/v1/chat/completions`.
#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "anthropic",
    request_body = MessagesRequest,
    responses((status = 200, description = "The next turn", body = MessagesAnswer), Problem)
)]
pub async fn messages(
    State(state): State<app::State>,
    Behalf(behalf): Behalf,
    Json(request): Json<MessagesRequest>,
) -> Result<Response, Problem> {
    let answered = ask::ask(&state, request.parse()?, &behalf).await?;
    let headers = facts::headers(&answered.facts);
    Ok((headers, Json(MessagesAnswer::render(answered.answer))).into_response())
}
