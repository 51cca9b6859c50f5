//! `X-Task-Id`, `X-Agent-Id`, `X-Tenant`, `X-Attempt` and `X-Step`: on whose behalf a model is asked; `X-Cache`: whether a kept answer will do.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use service_kit::Problem;
use service_kit::access::Caller;
use task_model::{AgentId, Attempt, Invalid, TaskId, TenantId};

use crate::app::OnBehalf;
use crate::app::cache::Wish;

/// The headers as an argument of a handler.
pub struct Behalf(pub OnBehalf);

impl<S: Send + Sync> FromRequestParts<S> for Behalf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, &()).await;
        Ok(Self(OnBehalf { caller: Some(caller.id), ..read(&parts.headers)? }))
    }
}

fn read(headers: &HeaderMap) -> Result<OnBehalf, Problem> {
    Ok(OnBehalf {
        task_id: header(headers, "X-Task-Id", |text| TaskId::parse(text))?,
        agent_id: header(headers, "X-Agent-Id", |text| AgentId::parse(text))?,
        tenant: header(headers, "X-Tenant", |text| TenantId::parse(text))?,
        attempt: header(headers, "X-Attempt", |text| number(text).map(Attempt))?,
        step: header(headers, "X-Step", number)?,
        caller: None,
        cache: header(headers, "X-Cache", wish)?.unwrap_or_default(),
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

fn wish(text: &str) -> Result<Wish, Invalid> {
    match text {
        "use" => Ok(Wish::Use),
        "same" => Ok(Wish::Same),
        "bypass" => Ok(Wish::Bypass),
        _ => Err(Invalid("must be use, same or bypass".into())),
    }
}

/// Ids in a body, by the same rules.
pub fn ids(task_id: Option<&str>, agent_id: Option<&str>) -> Result<OnBehalf, Problem> {
    let invalid = |field: &str, error: Invalid| Problem::invalid(field, error.0);
    let task_id = task_id.map(TaskId::parse).transpose().map_err(|error| invalid("task_id", error))?;
    let agent_id = agent_id.map(AgentId::parse).transpose().map_err(|error| invalid("agent_id", error))?;
    Ok(OnBehalf { task_id, agent_id, ..OnBehalf::default() })
}
