//! `POST /api/v1/tasks/{id}/{verb}`: each may be repeated, and says 409 when the task's state does not allow it.

use service_api::inbox::Decision;
use service_api::task::RunRecord;
use service_kit::Problem;
use service_kit::extract::{Json, JsonOrDefault, Path};
use task_model::Fence;

use super::{Held, task_id};
use crate::app::surgery as app;
use crate::clock;

const REASON_MAX: usize = 1_000;

/// Stop a task: at once when no worker has it, else at the worker's next await.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/cancel",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now, without steps", body = RunRecord), Problem)
)]
pub async fn cancel(state: Held, Path(id): Path<String>) -> Result<Json<RunRecord>, Problem> {
    Ok(Json(app::cancel(&state, &task_id(id)?, clock::now()).await?.render()))
}

/// Let the orchestrator choose an agent for one more attempt of a task that failed or was cancelled.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/retry",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now, without steps", body = RunRecord), Problem)
)]
pub async fn retry(state: Held, Path(id): Path<String>) -> Result<Json<RunRecord>, Problem> {
    Ok(Json(app::retry(&state, &task_id(id)?).await?.render()))
}

/// Hold a task; what it has done stays done.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/pause",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now, without steps", body = RunRecord), Problem)
)]
pub async fn pause(state: Held, Path(id): Path<String>) -> Result<Json<RunRecord>, Problem> {
    Ok(Json(app::pause(&state, &task_id(id)?, clock::now()).await?.render()))
}

/// Let a paused task go on where it stopped.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/resume",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now, without steps", body = RunRecord), Problem)
)]
pub async fn resume(state: Held, Path(id): Path<String>) -> Result<Json<RunRecord>, Problem> {
    Ok(Json(app::resume(&state, &task_id(id)?, clock::now()).await?.render()))
}

/// Let what waits go on: a tool call that a person must allow, a step of which nobody knows whether it took effect, or a run that
/// killed its workers. Allows one execution.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/approve",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = Option<Decision>,
    responses((status = 200, description = "The task as it is now, without steps", body = RunRecord), Problem)
)]
pub async fn approve(
    state: Held,
    Path(id): Path<String>,
    JsonOrDefault(decision): JsonOrDefault<Option<Decision>>,
) -> Result<Json<RunRecord>, Problem> {
    let decision = parse(decision.unwrap_or_default())?;
    Ok(Json(app::approve(&state, &task_id(id)?, decision, clock::now()).await?.render()))
}

/// Say no. An agent whose tool call is refused is told so and goes on without it (`end_task` ends the task instead); any other task
/// that needs review ends. Nobody is blamed.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/deny",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = Option<Decision>,
    responses((status = 200, description = "The task as it is now, without steps", body = RunRecord), Problem)
)]
pub async fn deny(
    state: Held,
    Path(id): Path<String>,
    JsonOrDefault(decision): JsonOrDefault<Option<Decision>>,
) -> Result<Json<RunRecord>, Problem> {
    let decision = parse(decision.unwrap_or_default())?;
    Ok(Json(app::deny(&state, &task_id(id)?, decision, clock::now()).await?.render()))
}

fn parse(decision: Decision) -> Result<app::Decision, Problem> {
    if decision.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        return Err(Problem::invalid("reason", format!("must be at most {REASON_MAX} characters")));
    }
    let version = decision.version.map(Fence);
    Ok(app::Decision { version, reason: decision.reason, end_task: decision.end_task })
}
