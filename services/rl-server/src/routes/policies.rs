//! `/policies`: the registry and its gates.

use axum::extract::State as Shared;
use serde_json::json;
use service_api::policy::{CanaryRequest, PolicyDetail, PolicyList, PolicyMoved, PolicyRecord};
use service_api::rfc3339;
use service_kit::Problem;
use service_kit::extract::{Json, JsonOrDefault, Path};

use crate::app::{State, policies};

/// All versions, newest first.
#[utoipa::path(get, path = "/policies", tag = "policies", responses((status = 200, body = PolicyList), Problem))]
pub(crate) async fn list(Shared(state): Shared<State>) -> Result<Json<PolicyList>, Problem> {
    let policies: Vec<_> = policies::list(&state).await?.into_iter().map(render).collect();
    Ok(Json(PolicyList { count: policies.len(), policies }))
}

/// One version: where it came from, how it stands, what became of it.
#[utoipa::path(get, path = "/policies/{version}", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyDetail), Problem))]
pub(crate) async fn show(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyDetail>, Problem> {
    let detail = policies::detail(&state, version).await?;
    Ok(Json(PolicyDetail {
        learner: detail.record.policy.params.as_object().cloned().unwrap_or_default(),
        policy: render(detail.record),
        ancestors: detail.ancestors,
        standing: detail.standing,
        moves: detail.moves.into_iter().map(moved).collect(),
    }))
}

/// Lets a candidate be judged by every decision, unseen.
#[utoipa::path(post, path = "/policies/{version}/shadow", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn shadow(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyRecord>, Problem> {
    Ok(Json(render(policies::shadow(&state, version).await?)))
}

/// Lets a shadow take a share of the decisions, or changes that share. Refused (409 `GATE_CLOSED`) for one that is worse.
#[utoipa::path(post, path = "/policies/{version}/canary", tag = "policies", params(("version" = i64, Path)),
    request_body = CanaryRequest, responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn canary(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
    JsonOrDefault(request): JsonOrDefault<CanaryRequest>,
) -> Result<Json<PolicyRecord>, Problem> {
    Ok(Json(render(policies::canary(&state, version, request.share).await?)))
}

/// Makes a canary the one that decides. Refused (409 `GATE_CLOSED`) unless its interval clears the one that does.
#[utoipa::path(post, path = "/policies/{version}/promote", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn promote(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyRecord>, Problem> {
    Ok(Json(render(policies::promote(&state, version).await?)))
}

/// Takes a version back; if it is the one that decides, the one before decides again.
#[utoipa::path(post, path = "/policies/{version}/rollback", tag = "policies", params(("version" = i64, Path)),
    responses((status = 200, body = PolicyRecord), Problem))]
pub(crate) async fn roll_back(
    Shared(state): Shared<State>,
    Path(version): Path<i64>,
) -> Result<Json<PolicyRecord>, Problem> {
    let why = "was taken back by hand".to_owned();
    Ok(Json(render(policies::roll_back(&state, version, why, json!({})).await?)))
}

fn render(record: storage::PolicyRecord) -> PolicyRecord {
    PolicyRecord {
        version: record.version,
        parent: record.policy.parent,
        status: record.policy.status.as_str().into(),
        share: record.share,
        replaced: record.replaced,
        experience_seq: record.policy.trained_to,
        note: record.policy.note,
        metrics: record.policy.metrics.as_object().cloned().unwrap_or_default(),
        created_at: rfc3339(record.policy.created_at),
        changed_at: rfc3339(record.changed_at),
    }
}

fn moved(moved: storage::PolicyMoved) -> PolicyMoved {
    PolicyMoved {
        status: moved.status.as_str().into(),
        share: moved.share,
        why: moved.why,
        figures: moved.figures.as_object().cloned().unwrap_or_default(),
        at: rfc3339(moved.at),
    }
}
