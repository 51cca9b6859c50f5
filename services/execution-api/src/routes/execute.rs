//! `POST /api/v2/agents/execute` and its fallback `/agents/execute`: one handler, one contract.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, json};
use service_api::assign::PriorityInput;
use service_api::execute::{ExecuteRequest, ExecuteResponse};
use service_api::from_rfc3339;
use service_kit::extract::Json;
use service_kit::{Problem, context};
use task_model::{Attempt, DecisionId, Description, Invalid, MicroUsd, Priority, TaskId, TenantId};

use super::Held;
use crate::app::execute::{self as app, ACCEPTED, Accepted, Order};
use crate::app::tasks::Seen;
use crate::app::wait;
use crate::clock;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
const KEY_MAX: usize = 255;
/// Left of a caller's deadline for rendering and the way back.
const MARGIN: Duration = Duration::from_millis(250);

/// Give a task to an agent, or, without `agent_id`, to the agent that the orchestrator chooses. The same task sent twice runs once.
#[utoipa::path(
    post,
    path = "/api/v2/agents/execute",
    tag = "tasks",
    params(("Idempotency-Key" = Option<String>, Header, description = "A second name for the same request, 1–255 characters")),
    request_body = ExecuteRequest,
    responses(
        (status = 202, description = "Taken and durable; look at /api/v1/tasks/{id}", body = ExecuteResponse),
        (status = 200, description = "With `wait`: it has ended", body = ExecuteResponse),
        Problem
    )
)]
pub async fn execute(
    state: Held,
    headers: HeaderMap,
    Json(request): Json<ExecuteRequest>,
) -> Result<Response, Problem> {
    let wait = request.wait;
    let accepted = app::execute(&state, order(request, &headers)?, clock::now()).await?;
    let ended = match wait {
        true => Some(wait::for_end(&state, &accepted.task_id, patience(state.settings.wait_max())).await?),
        false => None,
    };
    Ok(answer(accepted, ended))
}

/// The same as `/api/v2/agents/execute`, for callers whose first address refused.
#[utoipa::path(
    post,
    path = "/agents/execute",
    tag = "tasks",
    params(("Idempotency-Key" = Option<String>, Header, description = "A second name for the same request, 1–255 characters")),
    request_body = ExecuteRequest,
    responses(
        (status = 202, description = "Taken and durable; look at /api/v1/tasks/{id}", body = ExecuteResponse),
        (status = 200, description = "With `wait`: it has ended", body = ExecuteResponse),
        Problem
    )
)]
pub async fn execute_fallback(
    state: Held,
    headers: HeaderMap,
    body: Json<ExecuteRequest>,
) -> Result<Response, Problem> {
    execute(state, headers, body).await
}

/// How long to wait: as long as the caller does, within what the service allows.
pub(super) fn patience(max: Duration) -> Duration {
    context::remaining().map_or(max, |left| left.saturating_sub(MARGIN).min(max))
}

fn answer(accepted: Accepted, seen: Option<Seen>) -> Response {
    let ended = seen.as_ref().is_some_and(Seen::is_ended);
    let shown = seen.as_ref().map(Seen::render);
    let mut metadata = Map::from_iter([
        ("agent_id".to_owned(), json!(accepted.agent_id)),
        ("attempt".to_owned(), json!(accepted.attempt.0)),
        ("known".to_owned(), json!(accepted.known)),
    ]);
    metadata.extend(accepted.facts);
    let status = shown.as_ref().filter(|_| ended).map_or(ACCEPTED, |shown| &shown.status);
    let body = ExecuteResponse {
        task_id: accepted.task_id.to_string(),
        status: status.to_owned(),
        result: shown.as_ref().filter(|_| ended).and_then(|shown| shown.result.clone()),
        error: shown.as_ref().filter(|_| ended).and_then(|shown| shown.error.clone()),
        metadata,
    };
    let code = if ended { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = (code, Json(body)).into_response();
    if accepted.known {
        response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    }
    response
}

fn order(request: ExecuteRequest, headers: &HeaderMap) -> Result<Order, Problem> {
    let wrong = |field: &'static str| move |why: Invalid| Problem::invalid(field, why.to_string());
    let decision = request.decision_id.map(DecisionId::parse).transpose().map_err(wrong("decision_id"))?;
    Ok(Order {
        // Only the orchestrator numbers attempts.
        dispatched: request.attempt.is_some() || decision.is_some(),
        task_id: request.task_id.map(TaskId::parse).transpose().map_err(wrong("task_id"))?,
        key: key(headers)?,
        task: Description::parse(request.task).map_err(wrong("task"))?,
        agent: request.agent_id.map(agent).transpose().map_err(wrong("agent_id"))?,
        context: request.context.unwrap_or_default(),
        timeout: request.timeout.map(timeout).transpose().map_err(wrong("timeout"))?,
        priority: request.priority.map_or(Ok(Priority::default()), priority).map_err(wrong("priority"))?,
        max_cost: request.max_cost_usd.map(MicroUsd::from_usd).transpose().map_err(wrong("max_cost_usd"))?,
        tenant: request.tenant.map_or(Ok(TenantId::default()), TenantId::parse).map_err(wrong("tenant"))?,
        attempt: request.attempt.map_or(Ok(Attempt::FIRST), attempt).map_err(wrong("attempt"))?,
        deadline_at: request.deadline.as_deref().map(from_rfc3339).transpose().map_err(wrong("deadline"))?,
    })
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(&KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=KEY_MAX).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::invalid(
            "Idempotency-Key",
            format!("must be 1 to {KEY_MAX} visible ASCII characters"),
        )),
    }
}

/// Names of agents may hold spaces; what is longer or blank is none.
fn agent(raw: String) -> Result<String, Invalid> {
    match raw.trim().is_empty() || raw.chars().count() > 200 {
        true => Err(Invalid("must be the id, an alias or the name of an agent, or absent".into())),
        false => Ok(raw),
    }
}

fn timeout(seconds: f64) -> Result<Duration, Invalid> {
    match (1.0..=86_400.0).contains(&seconds) {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err(Invalid("must be between 1 and 86400 seconds".into())),
    }
}

fn attempt(attempt: i64) -> Result<Attempt, Invalid> {
    match attempt {
        1..=1_000 => Ok(Attempt(attempt)),
        _ => Err(Invalid("must be between 1 and 1000".into())),
    }
}

fn priority(input: PriorityInput) -> Result<Priority, Invalid> {
    match input {
        PriorityInput::Number(number) => Priority::new(number),
        PriorityInput::Word(word) => Priority::from_word(&word),
    }
}
