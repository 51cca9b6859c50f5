//! `GET /events`: everything that happens to tasks.

use axum::extract::State as Extract;
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;
use service_kit::events::{Socket, server_sent};
use service_kit::extract::Query;
use service_kit::problem::Problem;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::tasks::stream::{SocketQuery, last_event_id, of_all};
use crate::app::{Error, State};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(get_events)).routes(routes!(get_events_socket))
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
    let after = last_event_id(&headers)?.or(query.after);
    Ok(server_sent(of_all(state, after).await?))
}

/// Follow everything that happens to tasks over a WebSocket
///
/// One text frame `{"id","event","data"}` for each event of `GET /events`. docs/STREAMS.md tells the close codes and how a browser
/// shows its key.
#[utoipa::path(
    get, path = "/events/ws", tag = "tasks", params(SocketQuery),
    responses((status = 101, description = "A WebSocket"), Problem),
)]
async fn get_events_socket(
    Extract(state): Extract<State>,
    Query(query): Query<SocketQuery>,
    socket: Socket,
) -> Result<Response, Problem> {
    socket.follow(of_all(state, query.place()?).await?)
}
