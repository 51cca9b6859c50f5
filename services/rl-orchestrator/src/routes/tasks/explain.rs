//! `GET /tasks/{id}/explain`.

use axum::extract::State as Extract;
use service_api::explain::Explanation;
use service_kit::extract::{Json, Path};
use service_kit::problem::Problem;

use super::parse_id;
use crate::app::{State, explain};

/// Say why a task went to its agent
///
/// What speaks for it and against it beside the best of the others, how sure that is, what exploring did, and what would have to change.
#[utoipa::path(
    get, path = "/tasks/{task_id}/explain", tag = "tasks", params(("task_id" = String, Path)),
    responses((status = 200, description = "In words and numbers", body = Explanation), Problem),
)]
pub(super) async fn explain_task(
    Extract(state): Extract<State>,
    Path(task_id): Path<String>,
) -> Result<Json<Explanation>, Problem> {
    Ok(Json(explain::explain(&state, &parse_id(task_id)?).await?))
}
