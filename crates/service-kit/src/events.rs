//! Events that a caller follows for as long as it likes: as server-sent events, or over a WebSocket. Knows no event of any service.

pub mod socket;

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, future};
use http::{HeaderMap, header};
use serde::Serialize;

use crate::problem::Problem;

pub use socket::Socket;

/// Often enough that no proxy closes a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    name: &'static str,
    id: Option<String>,
    data: String,
}

impl Event {
    /// An event that nobody can come back to.
    pub fn new(name: &'static str, data: &impl Serialize) -> Self {
        Self { name, id: None, data: serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned()) }
    }

    /// After which a stream that broke off goes on.
    #[must_use]
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    fn problem(problem: &Problem) -> Self {
        Self::new("problem", problem.body())
    }

    /// `{"id":…,"event":…,"data":…}`
    fn frame(&self) -> String {
        let text = |value: &str| serde_json::Value::from(value).to_string();
        let id = self.id.as_deref().map_or_else(|| "null".to_owned(), text);
        format!("{{\"id\":{id},\"event\":{},\"data\":{}}}", text(self.name), self.data)
    }
}

impl From<Event> for Sent {
    fn from(event: Event) -> Self {
        let sent = Self::default().event(event.name).data(event.data);
        match event.id {
            Some(id) => sent.id(id),
            None => sent,
        }
    }
}

/// Whether the caller asks for server-sent events.
pub fn wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}

/// Where a stream of server-sent events that broke off goes on, as the caller says it.
pub fn last_event_id(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get("last-event-id").map(http::HeaderValue::as_bytes)
}

/// The events as an answer. A problem is the last event: the caller comes back with the last id that it saw.
pub fn server_sent(events: impl Stream<Item = Result<Event, Problem>> + Send + 'static) -> Response {
    let events = events.scan(false, |over, event| {
        let event = (!*over).then(|| {
            event.unwrap_or_else(|problem| {
                *over = true;
                Event::problem(&problem)
            })
        });
        future::ready(event.map(|event| Ok::<_, Infallible>(Sent::from(event))))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use futures::stream;
    use serde_json::json;

    #[test]
    fn a_frame_is_one_json_document() {
        let event = Event::new("step", &json!({ "a": "\"\n" })).id("2.3");
        let frame: serde_json::Value = serde_json::from_str(&event.frame()).unwrap();
        assert_eq!(frame, json!({ "id": "2.3", "event": "step", "data": { "a": "\"\n" } }));
        assert!(Event::new("token", &1).frame().starts_with(r#"{"id":null,"#));
    }

    #[tokio::test]
    async fn a_problem_is_the_last_event() {
        let events = [
            Ok(Event::new("status", &1).id("7")),
            Err(Problem::unavailable("the database does not answer", Duration::from_secs(1))),
            Ok(Event::new("status", &2)),
        ];
        let body = server_sent(stream::iter(events)).into_body();
        let text = String::from_utf8(to_bytes(body, 10_000).await.unwrap().to_vec()).unwrap();
        assert!(text.starts_with("event: status\ndata: 1\nid: 7\n\nevent: problem\ndata: {"), "{text}");
        assert!(text.contains("the database does not answer"));
        assert!(!text.contains("data: 2"), "{text}");
    }

    #[test]
    fn streams_are_asked_for_by_name() {
        let wants = |value: &'static str| {
            wanted(&HeaderMap::from_iter([(header::ACCEPT, http::HeaderValue::from_static(value))]))
        };
        assert!(wants("application/json, Text/Event-Stream;q=0.9"));
        assert!(!wants("*/*"));
        assert!(!wanted(&HeaderMap::new()));
    }
}
