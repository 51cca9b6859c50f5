//! The changes of tasks as events, for those who follow them.

use futures::{Stream, stream};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::json;
use service_kit::events::{self, Event};
use service_kit::problem::Problem;
use task_model::TaskId;
use utoipa::IntoParams;

use crate::app::tasks::watch::{Change, Everything, Watch};
use crate::app::{Error, State};

/// Where a WebSocket goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::routes) struct SocketQuery {
    /// The id of the last event that was seen; 0 for everything there ever was.
    #[param(minimum = 0)]
    last_event_id: Option<String>,
}

impl SocketQuery {
    pub(in crate::routes) fn place(&self) -> Result<Option<i64>, Error> {
        self.last_event_id.as_deref().map(|id| place("last_event_id", id.as_bytes())).transpose()
    }
}

/// Where a stream of server-sent events that broke off goes on.
pub(in crate::routes) fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    events::last_event_id(headers).map(|id| place("Last-Event-ID", id)).transpose()
}

fn place(field: &'static str, id: &[u8]) -> Result<i64, Error> {
    let seq = std::str::from_utf8(id).ok().and_then(|text| text.trim().parse().ok());
    let seq = seq.filter(|seq: &i64| *seq >= 0);
    seq.ok_or_else(|| Error::field(field, "must be the id of an event of this stream"))
}

/// Every change of one task until its end.
pub(super) async fn of_task(
    state: State,
    task_id: TaskId,
    after: Option<i64>,
) -> Result<impl Stream<Item = Result<Event, Problem>> + use<>, Problem> {
    let watch = Watch::open(state, task_id, after.unwrap_or(0)).await?;
    Ok(stream::unfold(watch, |mut watch| async move { Some((event(watch.next().await?), watch)) }))
}

/// Every change of every task.
pub(in crate::routes) async fn of_all(
    state: State,
    after: Option<i64>,
) -> Result<impl Stream<Item = Result<Event, Problem>> + use<>, Problem> {
    let everything = Everything::open(state, after).await?;
    Ok(stream::unfold(everything, |mut all| async move { Some((event(all.next().await?), all)) }))
}

fn event(change: Result<Change, Error>) -> Result<Event, Problem> {
    let change = change?;
    let event = Event::new(
        "status",
        &json!({
            "task_id": change.task_id.as_str(),
            "status": change.status.as_str(),
            "attempt": change.attempt,
            "detail": change.detail,
            "at": change.at.map(service_api::rfc3339),
        }),
    );
    Ok(match change.seq {
        Some(seq) => event.id(seq.to_string()),
        None => event,
    })
}
