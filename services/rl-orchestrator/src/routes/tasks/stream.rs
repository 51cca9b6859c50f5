//! `Accept: text/event-stream` on a task: its changes as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{HeaderMap, header};
use serde_json::json;
use service_kit::problem::Problem;
use task_model::TaskId;

use crate::app::tasks::watch::{Change, Watch};
use crate::app::{Error, State};

/// Often enough that no proxy closes a quiet stream.
pub(in crate::routes) const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Whether the caller asks for a stream.
pub(super) fn wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| {
        kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    })
}

/// Where a stream that broke off goes on.
pub(in crate::routes) fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let seq = value.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|seq: &i64| *seq >= 0);
    seq.map(Some).ok_or_else(|| Error::field("Last-Event-ID", "must be the id of an event of this stream"))
}

/// Every change of one task until its end.
pub(super) async fn of_task(state: State, task_id: TaskId, headers: &HeaderMap) -> Result<Response, Problem> {
    let after = last_event_id(headers)?.unwrap_or(0);
    let watch = Watch::open(state, task_id, after).await?;
    let events = stream::unfold(watch, |mut watch| async move { Some((event(watch.next().await?), watch)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// One change on the wire; a failure ends the stream, and the client comes back with the last id it saw.
pub(in crate::routes) fn event(change: Result<Change, Error>) -> Result<Event, Infallible> {
    let change = match change {
        Ok(change) => change,
        Err(error) => {
            return Ok(Event::default().event("problem").data(&*Problem::from(error).body().detail));
        }
    };
    let data = json!({
        "task_id": change.task_id.as_str(),
        "status": change.status.as_str(),
        "attempt": change.attempt,
        "detail": change.detail,
        "at": change.at.map(service_api::rfc3339),
    });
    let event = Event::default().event("status").data(data.to_string());
    Ok(match change.seq {
        Some(seq) => event.id(seq.to_string()),
        None => event,
    })
}
