//! `POST /v1/responses`, as OpenAI's newer clients send it.

mod answer;
mod events;
mod input;
mod request;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use service_api::chat::ChatRequest;
use service_kit::Problem;
use service_kit::extract::Json;

use super::behalf::Behalf;
use super::document::{Document, read, shaped, whole};
use super::{facts, telling};
use crate::Error;
use crate::app;
use crate::app::foreign::{self, Foreign, Reply};
use crate::providers::{Notes, Protocol};
use answer::{Frame, ResponsesAnswer};
use request::ResponsesRequest;

/// Asks for a response.
///
/// OpenAI itself gets the request as it is, so that whatever it knows may be asked for: stored conversations, its own tools. For other
/// providers it is translated: nothing is stored, functions are the only tools, and what has no counterpart is refused by name or told
/// in `X-Warning`. With `stream: true` the answer comes as server-sent events that end with `response.completed`.
#[utoipa::path(
    post,
    path = "/v1/responses",
    tag = "openai",
    request_body = ResponsesRequest,
    responses(
        (status = 200, description = "The response", content(
            (ResponsesAnswer = "application/json"), (String = "text/event-stream"))),
        Problem,
    )
)]
pub async fn responses(
    State(state): State<app::State>,
    Behalf(behalf): Behalf,
    document: Document,
) -> Result<Response, Problem> {
    let stream = document.stream;
    let asked = Foreign {
        protocol: Protocol::Responses,
        model: document.model,
        temperature: document.temperature,
        body: document.bytes,
        headers: HeaderMap::new(),
        translate,
    };
    let frame = Frame::of(&asked.body);
    if stream {
        let (pieces, facts) = foreign::open(&state, &asked, &behalf).await.map_err(shaped)?;
        return Ok(
            (facts::headers(&facts), telling::reply(pieces, events::Response::new(frame))).into_response()
        );
    }
    let (reply, facts) = foreign::ask(&state, &asked, &behalf).await.map_err(shaped)?;
    let answer = match reply {
        Reply::Relayed(bytes) => whole(bytes),
        Reply::Translated(answer) => Json(ResponsesAnswer::render(*answer, frame)).into_response(),
    };
    Ok((facts::headers(&facts), answer).into_response())
}

fn translate(bytes: &[u8], notes: &Notes) -> Result<ChatRequest, Error> {
    read::<ResponsesRequest>(bytes)?.parse(notes)
}
