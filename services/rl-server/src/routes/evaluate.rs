//! `POST /evaluate`.

use axum::extract::State as Shared;
use service_api::policy::{EvaluateRequest, EvaluationReport};
use service_kit::Problem;
use service_kit::extract::{Json, JsonOrDefault};

use crate::app::{State, evaluate};

/// What a policy would have earned, had it decided
///
/// The log is replayed in its order: of each decision the policy says whom it would have drawn, and then learns from what came of the
/// choice that was made in fact. With `since` and `until`, only outcomes of that time count: "had this policy run last week".
#[utoipa::path(post, path = "/evaluate", tag = "evaluation", request_body = EvaluateRequest,
    responses((status = 200, body = EvaluationReport), Problem))]
pub(crate) async fn evaluate(
    Shared(state): Shared<State>,
    JsonOrDefault(request): JsonOrDefault<EvaluateRequest>,
) -> Result<Json<EvaluationReport>, Problem> {
    Ok(Json(evaluate::evaluate(&state, request).await?))
}
