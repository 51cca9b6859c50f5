//! `/agents`: the agent designer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use service_api::agents::{Agent, AgentInput, AgentList, AgentRevisions};
use service_kit::Problem;
use service_kit::access::Caller;
use service_kit::extract::{Json, Path};

use super::Held;
use crate::app::agents as app;
use crate::clock;

/// All agents that are not deleted, by id.
#[utoipa::path(
    get,
    path = "/agents",
    tag = "agents",
    responses((status = 200, description = "The roster", body = AgentList), Problem)
)]
pub async fn list(state: Held) -> Result<Json<AgentList>, Problem> {
    let agents = app::list(&state).await?;
    Ok(Json(AgentList { count: agents.len(), agents }))
}

/// The same as `GET /agents`, at the address that older clients know.
#[utoipa::path(
    get,
    path = "/api/v2/agents/list",
    tag = "agents",
    responses((status = 200, description = "The roster", body = AgentList), Problem)
)]
pub async fn list_v2(state: Held) -> Result<Json<AgentList>, Problem> {
    list(state).await
}

/// Make an agent. `id` and `name` are required; everything else has a default.
#[utoipa::path(
    post,
    path = "/agents",
    tag = "agents",
    request_body = AgentInput,
    responses((status = 201, description = "The agent, at revision 1", body = Agent), Problem)
)]
pub async fn create(state: Held, caller: Caller, Json(input): Json<AgentInput>) -> Result<Response, Problem> {
    let agent = app::create(&state, input, &caller.id, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(agent)).into_response())
}

/// An agent, by its id, an alias or its name.
#[utoipa::path(
    get,
    path = "/agents/{id}",
    tag = "agents",
    params(("id" = String, Path, description = "Id, alias or name of the agent")),
    responses((status = 200, description = "The agent at its current revision", body = Agent), Problem)
)]
pub async fn find(state: Held, Path(id): Path<String>) -> Result<Json<Agent>, Problem> {
    Ok(Json(app::find(&state, &id).await?))
}

/// Change an agent: members left out stay as they are. Makes a new revision; work under way stays on the one it began with.
#[utoipa::path(
    put,
    path = "/agents/{id}",
    tag = "agents",
    params(("id" = String, Path, description = "Id, alias or name of the agent")),
    request_body = AgentInput,
    responses((status = 200, description = "The agent at its new revision", body = Agent), Problem)
)]
pub async fn update(
    state: Held,
    caller: Caller,
    Path(id): Path<String>,
    Json(input): Json<AgentInput>,
) -> Result<Json<Agent>, Problem> {
    Ok(Json(app::update(&state, &id, input, &caller.id, clock::now()).await?))
}

/// Take an agent out of the roster. Its history stays, and what it has begun goes on.
#[utoipa::path(
    delete,
    path = "/agents/{id}",
    tag = "agents",
    params(("id" = String, Path, description = "Id, alias or name of the agent")),
    responses((status = 200, description = "The agent as it was, now deleted", body = Agent), Problem)
)]
pub async fn delete(state: Held, Path(id): Path<String>) -> Result<Json<Agent>, Problem> {
    Ok(Json(app::delete(&state, &id, clock::now()).await?))
}

/// Every revision of an agent, the latest first; of a deleted agent too, by its id.
#[utoipa::path(
    get,
    path = "/agents/{id}/revisions",
    tag = "agents",
    params(("id" = String, Path, description = "Id, alias or name of the agent")),
    responses((status = 200, description = "All revisions", body = AgentRevisions), Problem)
)]
pub async fn revisions(state: Held, Path(id): Path<String>) -> Result<Json<AgentRevisions>, Problem> {
    let revisions = app::revisions(&state, &id).await?;
    Ok(Json(AgentRevisions { count: revisions.len(), revisions }))
}
