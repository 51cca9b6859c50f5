//! `/api/v2/knowledge`: what agents know.

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use service_api::knowledge::{KnowledgeHits, KnowledgeInput, KnowledgeItem, KnowledgeStats};
use service_kit::Problem;
use service_kit::extract::{Json, JsonOrDefault, Path, Query, parse_query};
use utoipa::IntoParams;

use super::Held;
use crate::app::knowledge as app;
use crate::clock;

const LIMIT: i64 = 10;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words to look for.
    #[serde(alias = "q")]
    pub query: String,
    /// Only what this agent knows, by id or alias.
    pub agent_id: Option<String>,
    /// At most this many, 1–100. Default 10.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
}

/// Add an item. As JSON; older clients send the members as query parameters and no body.
#[utoipa::path(
    post,
    path = "/api/v2/knowledge/add",
    tag = "knowledge",
    request_body = KnowledgeInput,
    responses((status = 201, description = "The item; cite its id", body = KnowledgeItem), Problem)
)]
pub async fn add(
    state: Held,
    RawQuery(query): RawQuery,
    JsonOrDefault(body): JsonOrDefault<Option<KnowledgeInput>>,
) -> Result<Response, Problem> {
    let input = match body {
        Some(input) => input,
        None => parse_query(query.as_deref().unwrap_or_default())?,
    };
    let item = app::add(&state, input, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(item)).into_response())
}

/// Items that fit the words, best first.
#[utoipa::path(
    get,
    path = "/api/v2/knowledge/search",
    tag = "knowledge",
    params(SearchQuery),
    responses((status = 200, description = "What was found", body = KnowledgeHits), Problem)
)]
pub async fn search(state: Held, Query(query): Query<SearchQuery>) -> Result<Json<KnowledgeHits>, Problem> {
    let limit = match query.limit.unwrap_or(LIMIT) {
        limit @ 1..=100 => limit as usize,
        _ => return Err(Problem::invalid("limit", "must be between 1 and 100")),
    };
    Ok(Json(app::search(&state, query.agent_id.as_deref(), &query.query, limit).await?))
}

/// How much an agent knows.
#[utoipa::path(
    get,
    path = "/api/v2/knowledge/stats/{agent}",
    tag = "knowledge",
    params(("agent" = String, Path, description = "Id or alias of the agent")),
    responses((status = 200, description = "The figures", body = KnowledgeStats), Problem)
)]
pub async fn stats(state: Held, Path(agent): Path<String>) -> Result<Json<KnowledgeStats>, Problem> {
    Ok(Json(app::stats(&state, &agent).await?))
}

/// Remove an item.
#[utoipa::path(
    delete,
    path = "/api/v2/knowledge/{id}",
    tag = "knowledge",
    params(("id" = String, Path, description = "The item's id")),
    responses((status = 204, description = "It is gone"), Problem)
)]
pub async fn delete(state: Held, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app::delete(&state, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
