//! `/training`: jobs.

mod stream;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_api::policy::{TrainingJob, TrainingRequest};
use service_api::rfc3339;
use service_kit::Problem;
use service_kit::events;
use service_kit::extract::{Json, JsonOrDefault, Path, Query};
use storage::Page;
use utoipa::{IntoParams, ToSchema};

use crate::app::{State, train};

/// Which part of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// At most so many, 1–500. Default 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrainingList {
    items: Vec<TrainingJob>,
    next_cursor: Option<String>,
}

/// Trains a policy from the whole log, if asked for after a search for settings; publishes it as a candidate unless told otherwise.
#[utoipa::path(post, path = "/training/start", tag = "training", request_body = TrainingRequest,
    responses((status = 202, body = TrainingJob, description = "queued"), Problem))]
pub(crate) async fn start(
    Shared(state): Shared<State>,
    JsonOrDefault(request): JsonOrDefault<TrainingRequest>,
) -> Result<(StatusCode, Json<TrainingJob>), Problem> {
    let job = train::start(&state, request).await?;
    Ok((StatusCode::ACCEPTED, Json(render(job))))
}

/// Jobs, newest first.
#[utoipa::path(get, path = "/training", tag = "training", params(Paging),
    responses((status = 200, body = TrainingList), Problem))]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    Query(paging): Query<Paging>,
) -> Result<Json<TrainingList>, Problem> {
    let limit = paging.limit.unwrap_or(Page::DEFAULT_LIMIT);
    if !(1..=Page::MAX_LIMIT).contains(&limit) {
        return Err(Problem::invalid("limit", "must be from 1 to 500"));
    }
    let page = Page { limit, cursor: paging.cursor };
    let listing = match state.storage.training_list(&page).await {
        Err(storage::Error::Invalid { field, why }) => return Err(Problem::invalid(field, why)),
        other => other.map_err(crate::app::Error::from)?,
    };
    Ok(Json(TrainingList {
        items: listing.items.into_iter().map(render).collect(),
        next_cursor: listing.next_cursor,
    }))
}

/// One job.
#[utoipa::path(get, path = "/training/{id}", tag = "training", params(("id" = String, Path)),
    responses((status = 200, body = TrainingJob), Problem))]
pub(crate) async fn show(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<TrainingJob>, Problem> {
    Ok(Json(render(train::find(&state, &id).await?)))
}

/// The state of a job alone.
#[utoipa::path(get, path = "/training/{id}/status", tag = "training", params(("id" = String, Path)),
    responses((status = 200, body = Object), Problem))]
pub(crate) async fn status(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = render(train::find(&state, &id).await?);
    Ok(Json(
        serde_json::json!({"id": job.id, "status": job.status, "progress": job.progress, "error": job.error}),
    ))
}

/// What a job has measured.
///
/// With `Accept: text/event-stream` the job's progress follows as server-sent events: `progress` whenever it moved, and one `end`.
#[utoipa::path(get, path = "/training/{id}/metrics", tag = "training", params(("id" = String, Path)),
    responses((status = 200, content((Object = "application/json"), (String = "text/event-stream"))), Problem))]
pub(crate) async fn metrics(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = train::find(&state, &id).await?;
    if events::wanted(&headers) {
        return Ok(events::server_sent(stream::of_job(state, id)));
    }
    Ok(Json(render(job).metrics).into_response())
}

/// Stops a job; one that is over stays as it is.
#[utoipa::path(post, path = "/training/{id}/stop", tag = "training", params(("id" = String, Path)),
    responses((status = 200, body = TrainingJob), Problem))]
pub(crate) async fn stop(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<TrainingJob>, Problem> {
    Ok(Json(render(train::stop(&state, &id).await?)))
}

fn render(job: storage::TrainingJob) -> TrainingJob {
    let updated_at = job.finished_at.or(job.started_at).unwrap_or(job.created_at);
    TrainingJob {
        id: job.job_id,
        name: job.config["name"].as_str().map(str::to_owned),
        status: job.status,
        progress: job.progress["share"].as_f64().unwrap_or_default(),
        experiences: job.progress["experiences"].as_u64().unwrap_or_default(),
        metrics: job.metrics.as_object().cloned().unwrap_or_default(),
        policy_version: job.policy_version.map(|version| version.to_string()),
        error: job.error,
        created_at: rfc3339(job.created_at),
        updated_at: rfc3339(updated_at),
    }
}
