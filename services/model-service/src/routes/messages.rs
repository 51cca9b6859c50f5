//! `POST /v1/messages`, as Anthropic's clients send it.

mod answer;
pub mod count;
mod events;
mod losses;
mod request;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
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
use answer::MessagesAnswer;
use events::Turn;
use request::MessagesRequest;

/// The one header of this protocol that changes what an answer is.
const BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// Asks for the next turn of a conversation.
///
/// A provider that speaks this protocol gets the request as it is, so that whatever it knows may be asked for. For others it is
/// translated: what has no counterpart is refused by name, or told in `X-Warning` where the answer is as valid without.
/// With `stream: true` the answer comes as server-sent events that end with `message_stop`.
#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "anthropic",
    request_body = MessagesRequest,
    responses(
        (status = 200, description = "The next turn", content(
            (MessagesAnswer = "application/json"), (String = "text/event-stream"))),
        Problem,
    )
)]
pub async fn messages(
    State(state): State<app::State>,
    Behalf(behalf): Behalf,
    headers: HeaderMap,
    document: Document,
) -> Result<Response, Problem> {
    let stream = document.stream;
    let asked = asked(document, &headers, translate);
    if stream {
        let (pieces, facts) = foreign::open(&state, &asked, &behalf).await.map_err(shaped)?;
        return Ok((facts::headers(&facts), telling::reply(pieces, Turn::default())).into_response());
    }
    let (reply, facts) = foreign::ask(&state, &asked, &behalf).await.map_err(shaped)?;
    let answer = match reply {
        Reply::Relayed(bytes) => whole(bytes),
        Reply::Translated(answer) => Json(MessagesAnswer::render(*answer)).into_response(),
    };
    Ok((facts::headers(&facts), answer).into_response())
}

type Translate = fn(&[u8], &Notes) -> Result<ChatRequest, Error>;

fn asked(document: Document, headers: &HeaderMap, translate: Translate) -> Foreign {
    Foreign {
        protocol: Protocol::Messages,
        model: document.model,
        temperature: document.temperature,
        body: document.bytes,
        headers: headers.get(BETA).map(|value| (BETA, value.clone())).into_iter().collect(),
        translate,
    }
}

fn translate(bytes: &[u8], notes: &Notes) -> Result<ChatRequest, Error> {
    losses::note(&read(bytes)?, notes);
    read::<MessagesRequest>(bytes)?.parse(notes)
}
