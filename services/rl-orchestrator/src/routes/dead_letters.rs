//! `/dead-letters`: tasks that went as far as they can by themselves without completing.

use axum::extract::State as Extract;
use serde::Deserialize;
use service_api::dead_letter::{DeadLetterList, RedriveAnswer, RedriveRequest};
use service_kit::extract::{Json, Query};
use service_kit::problem::Problem;
use storage::{Order, TaskFilter};
use task_model::{FailureCode, Invalid, Micros, TaskStatus, TenantId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::{CODE_MAX, Fields, agent, page_limit, short_text};
use super::order::KEY_MAX;
use crate::app::State;
use crate::app::dead_letters::{self as app, Redrive};

/// Tasks tried again by one call, unless it says otherwise.
const REDRIVE_DEFAULT: usize = 100;

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list_dead_letters)).routes(routes!(redrive))
}

/// Which dead letters. All filters must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
struct DeadLetterQuery {
    /// `failed`, `needs_review` (poison too) or `poison`.
    reason: Option<String>,
    /// What went wrong: `STEP_LIMIT`, `BUDGET` …
    code: Option<String>,
    /// The agent of the last attempt, by id or alias.
    agent_id: Option<String>,
    /// Who the task was for.
    tenant: Option<String>,
    /// Accepted at or after this time (RFC 3339).
    since: Option<String>,
    /// Accepted before this time (RFC 3339).
    until: Option<String>,
    /// Dead letters on a page, 1 to 500; 50 by default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List dead letters, the latest accepted first
///
/// Tasks that failed with their attempts, money or time spent, and tasks that wait for a person. The same tasks as `GET /tasks` shows
/// as `failed` and `needs_review`.
#[utoipa::path(
    get, path = "/dead-letters", tag = "tasks", params(DeadLetterQuery),
    responses((status = 200, description = "One page", body = DeadLetterList), Problem),
)]
async fn list_dead_letters(
    Extract(state): Extract<State>,
    Query(query): Query<DeadLetterQuery>,
) -> Result<Json<DeadLetterList>, Problem> {
    let mut fields = Fields::default();
    let (statuses, only) = fields
        .check_some("reason", query.reason, |word| reason(&word))
        .unwrap_or((vec![TaskStatus::Failed, TaskStatus::NeedsReview], None));
    let page = fields.page(query.limit, query.cursor);
    let which = Which {
        code: query.code,
        agent_id: query.agent_id,
        tenant: query.tenant,
        since: query.since,
        until: query.until,
    };
    let mut filter = which.filter(&state, &mut fields);
    filter.statuses = statuses;
    if let (Some(only), Some(code)) = (only, &filter.code)
        && only != code
    {
        fields.wrong("code", format!("must be absent or {only} with this reason"));
    }
    filter.code = only.map(str::to_owned).or(filter.code);
    let (filter, page) = fields.finish(Some((filter, page)))?;
    Ok(Json(app::list(&state, &filter, &page).await?))
}

/// Try failed tasks once more
///
/// The oldest first. Those that wait for a person are left alone: `POST /api/v1/tasks/{id}/approve` of the execution API decides about
/// each. With an `idempotency_key`, the same call once more goes on with the same attempts and tries none of them twice.
#[utoipa::path(
    post, path = "/dead-letters/redrive", tag = "tasks", request_body = RedriveRequest,
    responses(
        (status = 200, description = "What became of each", body = RedriveAnswer),
        (status = 409, description = "`KEY_USED`: the key belongs to a call with other filters", body = service_api::problem::Problem, content_type = "application/problem+json"),
        Problem,
    ),
)]
async fn redrive(
    Extract(state): Extract<State>,
    Json(request): Json<RedriveRequest>,
) -> Result<Json<RedriveAnswer>, Problem> {
    let mut fields = Fields::default();
    let limit = fields.check_some("limit", request.limit, page_limit).unwrap_or(REDRIVE_DEFAULT);
    let key = fields.check_some("idempotency_key", request.idempotency_key, |raw| short_text(raw, KEY_MAX));
    let which = Which {
        code: request.code,
        agent_id: request.agent_id,
        tenant: request.tenant,
        since: request.since,
        until: request.until,
    };
    let filter = which.filter(&state, &mut fields);
    let filter = TaskFilter { statuses: vec![TaskStatus::Failed], order: Order::Oldest, ..filter };
    let wanted = fields.finish(Some(Redrive { filter, limit, dry_run: request.dry_run, key }))?;
    Ok(Json(app::redrive(&state, wanted, Micros(service_kit::now_micros())).await?))
}

/// What both ask for in the same words.
struct Which {
    code: Option<String>,
    agent_id: Option<String>,
    tenant: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

impl Which {
    fn filter(self, state: &State, fields: &mut Fields) -> TaskFilter {
        let roster = state.roster.now();
        TaskFilter {
            code: fields.check_some("code", self.code, |raw| short_text(raw, CODE_MAX)),
            agent_id: fields.check_some("agent_id", self.agent_id, |raw| agent(&raw, &roster.index)),
            tenant: fields.check_some("tenant", self.tenant, TenantId::parse),
            since: fields.check_some("since", self.since, |raw| service_api::from_rfc3339(&raw)),
            until: fields.check_some("until", self.until, |raw| service_api::from_rfc3339(&raw)),
            ..TaskFilter::default()
        }
    }
}

fn reason(word: &str) -> Result<(Vec<TaskStatus>, Option<&'static str>), Invalid> {
    match word {
        "failed" => Ok((vec![TaskStatus::Failed], None)),
        "needs_review" => Ok((vec![TaskStatus::NeedsReview], None)),
        "poison" => Ok((vec![TaskStatus::NeedsReview], Some(FailureCode::POISON))),
        _ => Err(Invalid("must be failed, needs_review or poison".into())),
    }
}
