//! Answers in pieces as server-sent events, whatever the protocol: each says what it tells of a chunk, of a failure and of the end.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt, future, stream};
use http::header;
use service_api::chat::ChatChunk;

use crate::app::foreign::ReplyStream;
use crate::providers::ProviderError;

/// The events of one answer in one protocol; a text may hold several of them, or none.
pub trait Telling {
    /// Of the next chunk.
    fn chunk(&mut self, chunk: ChatChunk) -> String;
    /// Of a failure, in the form that the protocol's clients raise as an error.
    fn failure(&mut self, error: &ProviderError) -> String;
    /// Of the good end.
    fn end(&mut self) -> String;
}

/// Chunks as an answer. After a failure nothing more is told: clients must not take the rest for the whole.
pub fn response(
    chunks: impl Stream<Item = Result<ChatChunk, ProviderError>> + Send + 'static,
    mut telling: impl Telling + Send + 'static,
) -> Response {
    let ended = stream::once(future::ready(None));
    let mut failed = false;
    event_stream(chunks.map(Some).chain(ended).map(move |chunk| match chunk {
        _ if failed => String::new(),
        Some(Ok(chunk)) => telling.chunk(chunk),
        Some(Err(error)) => {
            failed = true;
            telling.failure(&error)
        }
        None => telling.end(),
    }))
}

/// The same for an answer that may come in its provider's own words: those pass as they are.
pub fn reply(pieces: ReplyStream, mut telling: impl Telling + Send + 'static) -> Response {
    match pieces {
        ReplyStream::Relayed(events) => event_stream(events.map(move |result| match result {
            Ok(passed) => event(&passed.name, &passed.data),
            Err(error) => telling.failure(&error),
        })),
        ReplyStream::Translated(chunks) => response(chunks, telling),
    }
}

/// One event in the form of a stream.
pub fn event(name: &str, data: &str) -> String {
    if name.is_empty() { format!("data: {data}\n\n") } else { format!("event: {name}\ndata: {data}\n\n") }
}

fn event_stream(pieces: impl Stream<Item = String> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        // Proxies such as nginx would otherwise collect the pieces.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let pieces = pieces.filter(|text| future::ready(!text.is_empty()));
    (headers, Body::from_stream(pieces.map(|text| Ok::<_, Infallible>(Bytes::from(text))))).into_response()
}
