//! `POST /assign-task`: a task in, an agent out, durable before the answer.

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use service_api::assign::{AssignTaskRequest, AssignTaskResponse};
use service_kit::extract::Json;
use service_kit::problem::Problem;
use task_model::Micros;

use super::order;
use crate::app::{State, assign};

/// Says that the request had been answered before.
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");

/// Assign a task to the agent most likely to succeed at it
#[utoipa::path(
    post, path = "/assign-task", tag = "assignment", request_body = AssignTaskRequest,
    responses(
        (status = 200, description = "Assigned and durable; `Idempotent-Replay: true` when it had been before", body = AssignTaskResponse,
            headers(("Idempotent-Replay" = String, description = "`true` when the same request was answered before"))),
        (status = 409, description = "The id or key belongs to a request with other content", body = service_api::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong, or `INSUFFICIENT_CONFIDENCE`: no agent is likely enough to succeed; nothing was stored", body = service_api::problem::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`TENANT_RATE_LIMITED`: the tenant has had as many tasks accepted as it may; see `Retry-After`", body = service_api::problem::Problem, content_type = "application/problem+json"),
        (status = 503, description = "`ROSTER_EMPTY`, or the database does not answer; see `Retry-After`", body = service_api::problem::Problem, content_type = "application/problem+json"),
        Problem,
    ),
)]
pub(super) async fn assign_task(
    Extract(state): Extract<State>,
    Json(request): Json<AssignTaskRequest>,
) -> Result<Response, Problem> {
    let now = Micros(service_kit::now_micros());
    let answer = assign::assign(&state, order::parse(request)?, now).await?;
    Ok(render(answer))
}

/// The answer as it was rendered.
pub(super) fn render(answer: assign::Answer) -> Response {
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let mut response = (json, answer.body).into_response();
    if answer.replayed {
        response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    }
    response
}
