//! `X-Task-Id`, `X-Agent-Id`, `X-Attempt` and `X-Step`: on whose behalf a model is asked.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use service_kit::Problem;
use task_model::{AgentId, Attempt, Invalid, TaskId};

use crate::app::OnBehalf;

/// The headers as an argument of a handler.
pub struct Behalf(pub OnBehalf);

impl<S: Send + Sync> FromRequestParts<S> for Behalf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.headers).map(Self)
    }
}

fn read(headers: &HeaderMap) -> Result<OnBehalf, Problem> {
    Ok(OnBehalf {
        task_id: header(headers, "X-Task-Id", |text| TaskId::parse(text))?,
        agent_id: header(headers, "X-Agent-Id", |text| AgentId::parse(text))?,
        attempt: header(headers, "X-Attempt", |text| number(text).map(Attempt))?,
        step: header(headers, "X-Step", number)?,
    })
}

fn header<T>(
    headers: &HeaderMap,
    name: &str,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::invalid(name, "must be plain text"))?;
    parse(text).map(Some).map_err(|error| Problem::invalid(name, error.0))
}

fn number(text: &str) -> Result<i64, Invalid> {
    text.parse().ok().filter(|n| *n >= 0).ok_or_else(|| Invalid("must be a whole number".into()))
}

/// Ids in a body, by the same rules.
pub fn ids(task_id: Option<&str>, agent_id: Option<&str>) -> Result<OnBehalf, Problem> {
    let invalid = |field: &str, error: Invalid| Problem::invalid(field, error.0);
    let task_id = task_id.map(TaskId::parse).transpose().map_err(|error| invalid("task_id", error))?;
    let agent_id = agent_id.map(AgentId::parse).transpose().map_err(|error| invalid("agent_id", error))?;
    Ok(OnBehalf { task_id, agent_id, ..OnBehalf::default() })
}
