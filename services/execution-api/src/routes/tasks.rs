//! `GET /api/v1/tasks` and `/api/v1/tasks/{id}`.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use service_api::task::{RunList, RunRecord};
use service_kit::Problem;
use service_kit::events;
use service_kit::extract::{Json, Path, Query};
use storage::TaskFilter;
use task_model::{Priority, TaskStatus};
use utoipa::IntoParams;

use super::list_query::{ListQuery, wrong};
use super::wait::parse_wait;
use super::{Held, execute::patience, stream, task_id};
use crate::app::{tasks as app, wait};

/// How to look at a task.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LookQuery {
    /// Answer when the task has ended, or after this time: `30s`, `1500ms`, `1m`.
    #[param(example = "30s")]
    pub wait: Option<String>,
}

/// A task with every recorded step. With `Accept: text/event-stream` the steps come as they happen (`event: step`, id: the step
/// number), changes of state as `event: status`, and `event: end` last; `Last-Event-ID` resumes. What the model is saying comes as
/// `event: token` before its step, without an id and only once; `event: lagged` says how many pieces a slow reader has lost.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}",
    tag = "tasks",
    params(
        ("id" = String, Path, description = "The task's id"),
        LookQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last step that was seen"),
    ),
    responses((status = 200, description = "The task", content((RunRecord = "application/json"), (String = "text/event-stream"))), Problem)
)]
pub async fn find(
    state: Held,
    Path(id): Path<String>,
    Query(query): Query<LookQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = task_id(id)?;
    if events::wanted(&headers) {
        let after = events::last_event_id(&headers).map(|id| ("Last-Event-ID", id));
        return Ok(events::server_sent(stream::open(&state, id, after).await?));
    }
    let seen = match query.wait.as_deref() {
        None => app::require(&state, &id).await?,
        Some(raw) => {
            let asked = parse_wait(raw, state.settings.wait_max()).map_err(|why| wrong("wait", &why))?;
            wait::for_end(&state, &id, patience(asked)).await?
        }
    };
    Ok(Json(app::with_steps(&state, &id, &seen).await?).into_response())
}

/// Tasks, one page at a time. Attempts that no orchestrator knows of yet are in `/api/v2/tasks/history`.
#[utoipa::path(
    get,
    path = "/api/v1/tasks",
    tag = "tasks",
    params(ListQuery),
    responses((status = 200, description = "One page of tasks", body = RunList), Problem)
)]
pub async fn list(state: Held, Query(query): Query<ListQuery>) -> Result<Json<RunList>, Problem> {
    let priority = |field: &'static str, given: Option<i64>| {
        given.map(Priority::new).transpose().map_err(|why| wrong(field, &why))
    };
    let filter = TaskFilter {
        statuses: query.statuses(TaskStatus::parse)?,
        agent_id: query.agent(|name| state.roster.find(name).map(|agent| agent.spec.id.clone()))?,
        priority_min: priority("priority_min", query.priority_min)?,
        priority_max: priority("priority_max", query.priority_max)?,
        since: ListQuery::time("since", &query.since)?,
        until: ListQuery::time("until", &query.until)?,
        text: query.text()?,
        order: query.order()?,
        ..TaskFilter::default()
    };
    let page = app::list(&state, filter, &query.page()?).await?;
    Ok(Json(RunList { count: page.items.len(), tasks: page.items, next_cursor: page.next_cursor }))
}
