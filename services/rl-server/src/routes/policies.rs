//! `/policies`: the registry.

use axum::extract::State as Shared;
use service_api::policy::{PolicyList, PolicyRecord};
use service_api::rfc3339;
use service_kit::Problem;
use service_kit::extract::{Json, Path};

use crate::app::{State, policies};

/// All versions, newest first.
#[utoipa::path(get, path = "/policies", tag = "policies", responses((status = 200, body = PolicyList), Problem))]
pub(crate) async fn list(Shared(state): Shared<State>) -> Result<Json<PolicyList>, Problem> {
    let policies: Vec<_> = policies::list(&state).await?.into_iter().map(render).collect();
    Ok(Json(PolicyList { count: policies.len(), policies }))
}

/// One version.
#[utoipa::path(get, path = "/policies/{version}", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn show(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyRecord>, Problem> {
    Ok(Json(render(policies::find(&state, version).await?)))
}

/// Makes a version the one that decides.
#[utoipa::path(post, path = "/policies/{version}/promote", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn promote(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyRecord>, Problem> {
    Ok(Json(render(policies::promote(&state, version).await?)))
}

/// Takes the deciding version back in favour of the one it came from.
#[utoipa::path(post, path = "/policies/{version}/rollback", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn roll_back(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyRecord>, Problem> {
    Ok(Json(render(policies::roll_back(&state, version).await?)))
}

fn render(record: storage::PolicyRecord) -> PolicyRecord {
    PolicyRecord {
        version: record.version,
        parent: record.policy.parent,
        status: record.policy.status.as_str().into(),
        experience_seq: record.policy.trained_to,
        metrics: record.policy.metrics.as_object().cloned().unwrap_or_default(),
        created_at: rfc3339(record.policy.created_at),
    }
}
