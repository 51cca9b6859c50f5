//! `POST /rewards/signal`: a reward from elsewhere, passed on to the orchestrator, which keeps all rewards.

use std::time::Duration;

use axum::extract::State as Shared;
use service_api::feedback::{TaskFeedbackRequest, TaskFeedbackResponse};
use service_client::Call;
use service_kit::Problem;
use service_kit::extract::Json;

use crate::app::{Error, State};

const WITHIN: Duration = Duration::from_secs(10);

/// Same contract as the orchestrator's `POST /task-feedback`; the source is `signal` unless named.
#[utoipa::path(post, path = "/rewards/signal", tag = "experiences", request_body = TaskFeedbackRequest,
    responses((status = 200, body = TaskFeedbackResponse), Problem))]
pub(crate) async fn signal(
    Shared(state): Shared<State>,
    Json(mut request): Json<TaskFeedbackRequest>,
) -> Result<Json<TaskFeedbackResponse>, Problem> {
    request.source.get_or_insert_with(|| "signal".into());
    let call = Call::within(WITHIN).with_headers(service_kit::context::outgoing_headers());
    Ok(Json(state.orchestrator.feedback(&request, &call).await.map_err(Error::from)?))
}
