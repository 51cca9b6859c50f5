//! `POST /v1/chat/completions`, as OpenAI's clients send it.

mod events;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use service_api::chat::{ChatAnswer, ChatRequest};
use service_kit::Problem;
use service_kit::extract::Json;

use super::behalf::Behalf;
use super::document::{Sent, shaped};
use super::{facts, telling};
use crate::app::{self, ask, stream};
use events::Chunks;

/// Asks for the next message of a conversation.
///
/// With `stream: true` the answer comes as server-sent events that end with `data: [DONE]`. Members that are not listed here are
/// passed on to providers that speak this protocol. The headers `X-Provider`, `X-Model`, `X-Cost-Usd` and `X-Tries` tell who answered,
/// `X-Warning` what was asked for and could not be done; `X-Task-Id` and `X-Agent-Id` say on whose behalf the model is asked.
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "openai",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The next message: an answer, or calls of tools", content(
            (ChatAnswer = "application/json"), (String = "text/event-stream"))),
        Problem,
    )
)]
pub async fn chat_completions(
    State(state): State<app::State>,
    Behalf(behalf): Behalf,
    Sent(request): Sent<ChatRequest>,
) -> Result<Response, Problem> {
    if request.wants_stream() {
        let (facts, chunks) = stream::open(&state, request, behalf).await.map_err(shaped)?;
        return Ok((facts::headers(&facts), telling::response(chunks, Chunks)).into_response());
    }
    let answered = ask::ask(&state, request, &behalf).await.map_err(shaped)?;
    Ok((facts::headers(&answered.facts), Json(answered.answer)).into_response())
}
