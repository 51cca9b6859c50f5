//! `/schedules`: tasks that are made again and again.

mod input;

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use service_api::assign::AssignTaskResponse;
use service_api::schedule::{RunSchedule, Schedule, ScheduleInput, ScheduleList};
use service_kit::extract::{Json, JsonOrDefault, Path, Query};
use service_kit::problem::Problem;
use task_model::{Micros, ScheduleId, TenantId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::assign_task;
use super::fields::{Fields, short_text};
use super::order::KEY_MAX;
use crate::app::{Error, State, schedules as app};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list_schedules, create_schedule))
        .routes(routes!(get_schedule, replace_schedule, delete_schedule))
        .routes(routes!(pause_schedule))
        .routes(routes!(resume_schedule))
        .routes(routes!(run_schedule))
}

/// Which schedules.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
struct ScheduleListQuery {
    /// Only this tenant's.
    tenant: Option<String>,
    /// Schedules on a page, 1 to 500; 50 by default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List schedules by id
#[utoipa::path(
    get, path = "/schedules", tag = "schedules", params(ScheduleListQuery),
    responses((status = 200, description = "One page", body = ScheduleList), Problem),
)]
async fn list_schedules(
    Extract(state): Extract<State>,
    Query(query): Query<ScheduleListQuery>,
) -> Result<Json<ScheduleList>, Problem> {
    let mut fields = Fields::default();
    let tenant = fields.check_some("tenant", query.tenant, TenantId::parse);
    let page = fields.page(query.limit, query.cursor);
    let page = fields.finish(Some(page))?;
    Ok(Json(app::list(&state, tenant.as_ref(), &page).await?))
}

/// Make a schedule
///
/// The same again is answered as before with 200; other content under the same id is refused with 409.
#[utoipa::path(
    post, path = "/schedules", tag = "schedules", request_body = ScheduleInput,
    responses(
        (status = 201, description = "Made", body = Schedule),
        (status = 200, description = "It was there already", body = Schedule),
        (status = 409, description = "`SCHEDULE_EXISTS`: other content has this id; `SCHEDULE_LIMIT`: the tenant has too many", body = service_api::problem::Problem, content_type = "application/problem+json"),
        Problem,
    ),
)]
async fn create_schedule(
    Extract(state): Extract<State>,
    Json(input): Json<ScheduleInput>,
) -> Result<Response, Problem> {
    let (schedule, new) = app::create(&state, input::parse(input)?, now()).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(schedule)).into_response())
}

/// Show a schedule, with its next five firings
#[utoipa::path(
    get, path = "/schedules/{schedule_id}", tag = "schedules", params(("schedule_id" = String, Path)),
    responses((status = 200, description = "As it stands", body = Schedule), Problem),
)]
async fn get_schedule(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(app::find(&state, &parse_id(id)?, now()).await?))
}

/// Replace what a schedule does
///
/// A firing that is due stays due unless its times change. A paused schedule stays paused.
#[utoipa::path(
    put, path = "/schedules/{schedule_id}", tag = "schedules", params(("schedule_id" = String, Path)), request_body = ScheduleInput,
    responses(
        (status = 200, description = "As it stands now", body = Schedule),
        (status = 409, description = "`SCHEDULE_CHANGED`: it is not at the named revision any more", body = service_api::problem::Problem, content_type = "application/problem+json"),
        Problem,
    ),
)]
async fn replace_schedule(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    Json(input): Json<ScheduleInput>,
) -> Result<Json<Schedule>, Problem> {
    let id = parse_id(id)?;
    if input.schedule_id.as_ref().is_some_and(|named| named != id.as_str()) {
        return Err(Error::field("schedule_id", "must be that of the path, or absent").into());
    }
    let revision = input.revision;
    let input = ScheduleInput { schedule_id: Some(id.as_str().to_owned()), ..input };
    Ok(Json(app::replace(&state, input::parse(input)?, revision, now()).await?))
}

/// Delete a schedule; its tasks stay
#[utoipa::path(
    delete, path = "/schedules/{schedule_id}", tag = "schedules", params(("schedule_id" = String, Path)),
    responses((status = 200, description = "As it was", body = Schedule), Problem),
)]
async fn delete_schedule(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(app::delete(&state, &parse_id(id)?, now()).await?))
}

/// Let a schedule rest; what falls due meanwhile is not made up for
#[utoipa::path(
    post, path = "/schedules/{schedule_id}/pause", tag = "schedules", params(("schedule_id" = String, Path)),
    responses((status = 200, description = "It rests", body = Schedule), Problem),
)]
async fn pause_schedule(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(app::pause(&state, &parse_id(id)?, now()).await?))
}

/// Let a schedule go on with its next firing
#[utoipa::path(
    post, path = "/schedules/{schedule_id}/resume", tag = "schedules", params(("schedule_id" = String, Path)),
    responses((status = 200, description = "It goes on", body = Schedule), Problem),
)]
async fn resume_schedule(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(app::resume(&state, &parse_id(id)?, now()).await?))
}

/// Make a schedule's task now, beside its times
///
/// Also while it is paused, and while its last task still runs. Answers as `POST /assign-task` does.
#[utoipa::path(
    post, path = "/schedules/{schedule_id}/run", tag = "schedules", params(("schedule_id" = String, Path)), request_body = Option<RunSchedule>,
    responses(
        (status = 200, description = "Assigned and durable; `Idempotent-Replay: true` when it had been before", body = AssignTaskResponse),
        Problem,
    ),
)]
async fn run_schedule(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    JsonOrDefault(run): JsonOrDefault<Option<RunSchedule>>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let key = fields.check_some("idempotency_key", run.unwrap_or_default().idempotency_key, |raw| {
        short_text(raw, KEY_MAX)
    });
    let id = fields.finish(Some(parse_id(id)?))?;
    Ok(assign_task::render(app::run_now(&state, &id, key.as_deref(), now()).await?))
}

fn parse_id(raw: String) -> Result<ScheduleId, Error> {
    input::id(raw).map_err(|invalid| Error::field("schedule_id", invalid.0))
}

fn now() -> Micros {
    Micros(service_kit::now_micros())
}
