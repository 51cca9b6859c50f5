//! What a person may ask of a task. Every action answers with the task as it then stands.

use axum::extract::State as Extract;
use serde::{Deserialize, Serialize};
use service_api::task::TaskRecord;
use service_kit::extract::{Json, Path};
use service_kit::problem::Problem;
use task_model::Micros;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::parse_id;
use crate::app::State;
use crate::app::tasks::actions;

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(cancel_task))
        .routes(routes!(pause_task))
        .routes(routes!(resume_task))
        .routes(routes!(retry_task))
        .routes(routes!(execute_task_now))
        .routes(routes!(execute_now))
}

/// Stop a task
#[utoipa::path(
    post, path = "/tasks/{task_id}/cancel", tag = "tasks", params(("task_id" = String, Path)),
    responses((status = 200, description = "Stopped, or being stopped", body = TaskRecord), Problem),
)]
async fn cancel_task(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
) -> Result<Json<TaskRecord>, Problem> {
    Ok(Json(actions::cancel(&state, &parse_id(task_id)?, now()).await?))
}

/// Hold a task
///
/// One that nobody has yet is not handed over until it is resumed; one under way is held by its worker and keeps its place.
#[utoipa::path(
    post, path = "/tasks/{task_id}/pause", tag = "tasks", params(("task_id" = String, Path)),
    responses((status = 200, description = "Paused, or about to be", body = TaskRecord), Problem),
)]
async fn pause_task(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
) -> Result<Json<TaskRecord>, Problem> {
    Ok(Json(actions::pause(&state, &parse_id(task_id)?, now()).await?))
}

/// Let a paused task go on
#[utoipa::path(
    post, path = "/tasks/{task_id}/resume", tag = "tasks", params(("task_id" = String, Path)),
    responses((status = 200, description = "Goes on", body = TaskRecord), Problem),
)]
async fn resume_task(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
) -> Result<Json<TaskRecord>, Problem> {
    Ok(Json(actions::resume(&state, &parse_id(task_id)?, now()).await?))
}

/// Try a failed or cancelled task once more
#[utoipa::path(
    post, path = "/tasks/{task_id}/retry", tag = "tasks", params(("task_id" = String, Path)),
    responses((status = 200, description = "Assigned anew", body = TaskRecord), Problem),
)]
async fn retry_task(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
) -> Result<Json<TaskRecord>, Problem> {
    Ok(Json(actions::retry(&state, &parse_id(task_id)?, now()).await?))
}

/// Hand a waiting task over now
#[utoipa::path(
    post, path = "/tasks/{task_id}/execute-now", tag = "tasks", params(("task_id" = String, Path)),
    responses((status = 200, description = "Due now, or under way already", body = TaskRecord), Problem),
)]
async fn execute_task_now(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
) -> Result<Json<TaskRecord>, Problem> {
    Ok(Json(actions::execute_now(&state, &parse_id(task_id)?, now()).await?))
}

/// Which task is to be handed over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct ExecuteNowRequest {
    /// The task.
    #[schema(min_length = 1, max_length = 128)]
    task_id: String,
}

/// Hand a waiting task over now
#[utoipa::path(
    post, path = "/execute-now", tag = "tasks", request_body = ExecuteNowRequest,
    responses((status = 200, description = "Due now, or under way already", body = TaskRecord), Problem),
)]
async fn execute_now(
    Extract(state): Extract<State>,
    Json(request): Json<ExecuteNowRequest>,
) -> Result<Json<TaskRecord>, Problem> {
    Ok(Json(actions::execute_now(&state, &parse_id(request.task_id)?, now()).await?))
}

fn now() -> Micros {
    Micros(service_kit::now_micros())
}
