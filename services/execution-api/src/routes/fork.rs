//! `POST /api/v1/tasks/{id}/fork`.

use service_api::inbox::ForkRequest;
use service_api::task::RunRecord;
use service_kit::Problem;
use service_kit::extract::{Json, Path};
use task_model::{Attempt, TaskId};

use super::{Held, task_id};
use crate::app::fork::{self as app, Branch};
use crate::clock;

/// Make a new task that begins with the first steps of this one and goes on by itself, with the same agent. What was done stays
/// done: copied steps are not run again and cost nothing. The same fork asked for twice is one task.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/fork",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = ForkRequest,
    responses((status = 200, description = "The new task, without steps", body = RunRecord), Problem)
)]
pub async fn fork(
    state: Held,
    Path(id): Path<String>,
    Json(request): Json<ForkRequest>,
) -> Result<Json<RunRecord>, Problem> {
    let invalid = |why: task_model::Invalid| Problem::invalid("task_id", why.to_string());
    let branch = Branch {
        task_id: request.task_id.map(TaskId::parse).transpose().map_err(invalid)?,
        attempt: request.attempt.map(Attempt),
        from_step: request.from_step,
    };
    Ok(Json(app::fork(&state, &task_id(id)?, branch, clock::now()).await?.render()))
}
