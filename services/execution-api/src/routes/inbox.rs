//! `GET /api/v1/inbox`: what waits for a person.

use serde::Deserialize;
use service_api::inbox::Inbox;
use service_kit::Problem;
use service_kit::extract::{Json, Query};
use storage::Page;
use utoipa::IntoParams;

use super::Held;
use crate::app::inbox as app;

/// Questions on a page: each is shown with its steps.
const PAGE_MAX: i64 = 100;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct InboxQuery {
    /// At most this many, 1–100. Default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Tasks that wait for a person, the longest waiting first: guarded tool calls, effects of unknown outcome, runs that killed their
/// workers. Decide with `approve` or `deny`.
#[utoipa::path(
    get,
    path = "/api/v1/inbox",
    tag = "tasks",
    params(InboxQuery),
    responses((status = 200, description = "One page of questions", body = Inbox), Problem)
)]
pub async fn list(state: Held, Query(query): Query<InboxQuery>) -> Result<Json<Inbox>, Problem> {
    let limit = match query.limit {
        None => Page::DEFAULT_LIMIT,
        Some(limit @ 1..=PAGE_MAX) => limit as usize,
        Some(_) => return Err(Problem::invalid("limit", "must be between 1 and 100")),
    };
    let page = app::list(&state, &Page { limit, cursor: query.cursor }).await?;
    Ok(Json(Inbox { count: page.items.len(), items: page.items, next_cursor: page.next_cursor }))
}
