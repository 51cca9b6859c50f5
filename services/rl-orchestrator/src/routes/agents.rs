//! `GET /agents` and `GET /agents/{id}/ping`: the roster as the orchestrator sees it.

use std::time::Instant;

use axum::extract::State as Extract;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_api::agents::{Agent, AgentList};
use service_api::rfc3339;
use service_kit::extract::{Json, Path};
use service_kit::problem::Problem;
use storage::AgentRecord;
use task_model::{AgentId, AgentStatus};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{Error, State};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list_agents)).routes(routes!(ping_agent))
}

/// List the agents that can be chosen
#[utoipa::path(
    get, path = "/agents", tag = "agents",
    responses((status = 200, description = "The roster of this moment", body = AgentList), Problem),
)]
async fn list_agents(Extract(state): Extract<State>) -> Json<AgentList> {
    let agents: Vec<_> = state.roster.now().agents.iter().map(agent).collect();
    Json(AgentList { count: agents.len(), agents })
}

/// Whether an agent can take tasks now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct AgentPing {
    /// The agent's id.
    agent_id: String,
    /// `active` or `paused`.
    status: String,
    /// Whether it can take tasks now.
    available: bool,
    /// Why not.
    detail: Option<String>,
    /// How long the execution API took to answer.
    latency_ms: f64,
}

/// Ask whether an agent can take tasks now
#[utoipa::path(
    get, path = "/agents/{agent_id}/ping", tag = "agents", params(("agent_id" = String, Path)),
    responses((status = 200, description = "Whether it can", body = AgentPing), Problem),
)]
async fn ping_agent(
    Extract(state): Extract<State>,
    Path(agent_id): Path<String>,
) -> Result<Json<AgentPing>, Problem> {
    let (id, status) = known(&state, &agent_id)?;
    let asked = Instant::now();
    let reached = state.execution.health().await.is_ok();
    let detail = match (status, reached) {
        (AgentStatus::Active, true) => None,
        (AgentStatus::Active, false) => Some("the execution API, which runs its tasks, does not answer"),
        (AgentStatus::Paused, _) => Some("it is paused and takes no tasks until it is made active again"),
        (AgentStatus::Deleted, _) => Some("it was removed from the roster"),
    };
    Ok(Json(AgentPing {
        agent_id: id.to_string(),
        status: status.as_str().to_owned(),
        available: detail.is_none(),
        detail: detail.map(str::to_owned),
        latency_ms: asked.elapsed().as_secs_f64() * 1e3,
    }))
}

/// The agent of this id or alias.
pub(super) fn known(state: &State, named: &str) -> Result<(AgentId, AgentStatus), Error> {
    let roster = state.roster.now();
    let agent = roster.index.resolve(named).ok_or_else(|| Error::AgentUnknown(named.to_owned()))?;
    Ok((agent.id.clone(), agent.status))
}

fn agent(record: &AgentRecord) -> Agent {
    let spec = record.spec.clone();
    let config = if let Value::Object(config) = spec.config { config } else { serde_json::Map::new() };
    Agent {
        id: spec.id.to_string(),
        name: spec.name,
        model: spec.model,
        specialization: spec.specialization,
        description: spec.description,
        capabilities: spec.capabilities,
        tools: spec.tools,
        aliases: spec.aliases,
        system_prompt: spec.system_prompt,
        config,
        status: spec.status.as_str().to_owned(),
        revision: record.revision,
        created_at: rfc3339(record.created_at),
        updated_at: rfc3339(record.updated_at),
    }
}
