//! `/api/v2/memory`: what agents remember.

use serde::Deserialize;
use service_kit::Problem;
use service_kit::extract::{Json, Path, Query};
use utoipa::IntoParams;

use super::Held;
use crate::app::memory::{self as app, MemoryContext, MemoryStatus};
use crate::clock;

const LIMIT: i64 = 20;

/// How much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContextQuery {
    /// At most this many, 1–200. Default 20.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// What an agent remembers, the latest first: its finished tasks, and what was stored on purpose.
#[utoipa::path(
    get,
    path = "/api/v2/memory/context/{agent}",
    tag = "memory",
    params(("agent" = String, Path, description = "Id or alias of the agent"), ContextQuery),
    responses((status = 200, description = "The memories", body = MemoryContext), Problem)
)]
pub async fn context(
    state: Held,
    Path(agent): Path<String>,
    Query(query): Query<ContextQuery>,
) -> Result<Json<MemoryContext>, Problem> {
    let limit = match query.limit.unwrap_or(LIMIT) {
        limit @ 1..=200 => limit as usize,
        _ => return Err(Problem::invalid("limit", "must be between 1 and 200")),
    };
    Ok(Json(app::context(&state, &agent, limit, clock::now()).await?))
}

/// How much is remembered.
#[utoipa::path(
    get,
    path = "/api/v2/memory/status",
    tag = "memory",
    responses((status = 200, description = "The figures", body = MemoryStatus), Problem)
)]
pub async fn status(state: Held) -> Result<Json<MemoryStatus>, Problem> {
    Ok(Json(app::status(&state).await?))
}
