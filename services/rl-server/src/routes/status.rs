//! `GET /rl/status`.

use axum::extract::State as Shared;
use serde_json::{Map, Value};
use service_kit::Problem;
use service_kit::extract::Json;

use crate::app::{State, status};

/// Experiences, policies and jobs in figures.
#[utoipa::path(get, path = "/rl/status", tag = "status", responses((status = 200, body = Object), Problem))]
pub(crate) async fn status(Shared(state): Shared<State>) -> Result<Json<Map<String, Value>>, Problem> {
    Ok(Json(status::figures(&state).await?))
}
