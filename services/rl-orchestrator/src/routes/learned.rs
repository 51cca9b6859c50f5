//! `GET /q-table` and `GET /agent-performance`: what was learned, for people.

use std::sync::Arc;

use axum::extract::State as Extract;
use service_api::performance::{AgentPerformanceReport, QTable};
use service_kit::extract::Json;
use service_kit::problem::Problem;
use task_model::Micros;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{State, performance};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(get_q_table)).routes(routes!(get_agent_performance))
}

/// The learned action values in words
#[utoipa::path(
    get, path = "/q-table", tag = "learning",
    responses((status = 200, description = "Expected return by state and agent", body = QTable), Problem),
)]
async fn get_q_table(Extract(state): Extract<State>) -> Json<QTable> {
    Json(performance::q_table(&state))
}

/// How each agent does
#[utoipa::path(
    get, path = "/agent-performance", tag = "learning",
    responses((status = 200, description = "Success rates with intervals, rewards, latency, cost, trend", body = AgentPerformanceReport), Problem),
)]
async fn get_agent_performance(
    Extract(state): Extract<State>,
) -> Result<Json<Arc<AgentPerformanceReport>>, Problem> {
    Ok(Json(performance::report(&state, Micros(service_kit::now_micros())).await?))
}
