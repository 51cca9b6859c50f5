//! `GET /tasks` and `GET /tasks/{id}`.

mod actions;
mod explain;
mod filter;
pub(super) mod stream;
mod wait;

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use service_api::task::{TaskList, TaskRecord};
use service_kit::events::{self, Socket};
use service_kit::extract::{Json, Path, Query};
use service_kit::problem::Problem;
use task_model::TaskId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{Error, State, tasks};
use filter::TaskListQuery;
use stream::{SocketQuery, last_event_id};
use wait::WaitQuery;

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list_tasks))
        .routes(routes!(get_task))
        .routes(routes!(get_task_socket))
        .routes(routes!(explain::explain_task))
        .merge(actions::routes())
}

/// List tasks
#[utoipa::path(
    get, path = "/tasks", tag = "tasks", params(TaskListQuery),
    responses((status = 200, description = "One page of tasks", body = TaskList), Problem),
)]
async fn list_tasks(
    Extract(state): Extract<State>,
    Query(query): Query<TaskListQuery>,
) -> Result<Json<TaskList>, Problem> {
    let (filter, page) = filter::parse(query, &state.roster.now().index)?;
    Ok(Json(tasks::list(&state, &filter, &page).await?))
}

/// Show a task: decision, history, result, reward
///
/// With `?wait=30s` the answer comes when the task has ended, or after that time. With `Accept: text/event-stream` every change of
/// its status is an event; `Last-Event-ID` goes on where a stream broke off.
#[utoipa::path(
    get, path = "/tasks/{task_id}", tag = "tasks", params(("task_id" = String, Path), WaitQuery),
    responses((status = 200, description = "The whole record", content((TaskRecord = "application/json"), (String = "text/event-stream"))), Problem),
)]
async fn get_task(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
    Query(query): Query<WaitQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let task_id = parse_id(task_id)?;
    if events::wanted(&headers) {
        return Ok(events::server_sent(stream::of_task(state, task_id, last_event_id(&headers)?).await?));
    }
    let record = match wait::parse(query, state.config.wait_max())? {
        Some(within) => tasks::find_ended(&state, &task_id, within).await?,
        None => tasks::find(&state, &task_id).await?,
    };
    Ok(Json(record).into_response())
}

/// Follow the changes of a task over a WebSocket
///
/// One text frame `{"id","event","data"}` for each event of the same address without `/ws`. docs/STREAMS.md tells the close codes and how
/// a browser shows its key.
#[utoipa::path(
    get, path = "/tasks/{task_id}/ws", tag = "tasks", params(("task_id" = String, Path), SocketQuery),
    responses((status = 101, description = "A WebSocket"), Problem),
)]
async fn get_task_socket(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
    Query(query): Query<SocketQuery>,
    socket: Socket,
) -> Result<Response, Problem> {
    socket.follow(stream::of_task(state, parse_id(task_id)?, query.place()?).await?)
}

fn parse_id(raw: String) -> Result<TaskId, Error> {
    TaskId::parse(raw).map_err(|invalid| Error::field("task_id", invalid.0))
}
