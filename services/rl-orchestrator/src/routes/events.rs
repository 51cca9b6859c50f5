//! `GET /events`: everything that happens to tasks, as server-sent events.

use axum::extract::State as Extract;
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::HeaderMap;
use serde::Deserialize;
use service_kit::extract::Query;
use service_kit::problem::Problem;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::tasks::stream::{KEEP_ALIVE, event, last_event_id};
use crate::app::tasks::watch::Everything;
use crate::app::{Error, State};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(get_events))
}

/// Where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
struct EventsQuery {
    /// Begin after the event of this id, 0 for everything there ever was; by default with what happens from now on.
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// Follow everything that happens to tasks
///
/// Server-sent events named `status`; `Last-Event-ID` goes on where a stream broke off.
#[utoipa::path(
    get, path = "/events", tag = "tasks", params(EventsQuery),
    responses((status = 200, description = "A stream that does not end", content_type = "text/event-stream", body = String), Problem),
)]
async fn get_events(
    Extract(state): Extract<State>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if query.after.is_some_and(|after| after < 0) {
        return Err(Error::field("after", "must be 0 or the id of an event").into());
    }
    let everything = Everything::open(state, last_event_id(&headers)?.or(query.after)).await?;
    let events = stream::unfold(everything, |mut all| async move { Some((event(all.next().await?), all)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}
