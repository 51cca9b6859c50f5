//! `POST /select-agent`: the decision alone.

use axum::extract::State as Extract;
use service_api::assign::{SelectAgentRequest, SelectAgentResponse};
use service_kit::extract::Json;
use service_kit::problem::Problem;
use task_model::Description;

use super::fields::Fields;
use super::order;
use crate::app::{State, select};

/// Say who would get a task, storing nothing
#[utoipa::path(
    post, path = "/select-agent", tag = "assignment", request_body = SelectAgentRequest,
    responses((status = 200, description = "Who would be chosen, and why", body = SelectAgentResponse), Problem),
)]
pub(super) async fn select_agent(
    Extract(state): Extract<State>,
    Json(request): Json<SelectAgentRequest>,
) -> Result<Json<SelectAgentResponse>, Problem> {
    let mut fields = Fields::default();
    let description = fields.check("description", Description::parse(request.description));
    let priority = fields.check("priority", order::priority(request.priority));
    let metadata = fields.check("metadata", order::metadata(request.metadata));
    let tenant = fields.check("tenant", order::tenant(request.tenant));
    let objective = order::objective(request.objective, &mut fields);
    let parsed = || Some((description?, priority?, metadata?, tenant?, objective?));
    let parsed = parsed();
    let (description, priority, metadata, tenant, objective) = fields.finish(parsed)?;
    Ok(Json(select::select(&state, &description, priority, &metadata, &tenant, objective)?))
}
