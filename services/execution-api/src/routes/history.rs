//! `GET /api/v2/tasks/history`.

use service_api::task::RunList;
use service_kit::Problem;
use service_kit::extract::{Json, Query};
use storage::RunFilter;
use task_model::RunStatus;

use super::Held;
use super::list_query::ListQuery;
use crate::app::history as app;

/// Every attempt of every task, one page at a time, the latest first. Priority filters do not apply here.
#[utoipa::path(
    get,
    path = "/api/v2/tasks/history",
    tag = "tasks",
    params(ListQuery),
    responses((status = 200, description = "One page of attempts", body = RunList), Problem)
)]
pub async fn list(state: Held, Query(query): Query<ListQuery>) -> Result<Json<RunList>, Problem> {
    let filter = RunFilter {
        statuses: query.statuses(RunStatus::parse)?,
        agent_id: query.agent(|name| state.roster.find(name).map(|agent| agent.spec.id.clone()))?,
        since: ListQuery::time("since", &query.since)?,
        until: ListQuery::time("until", &query.until)?,
        text: query.text()?,
        order: query.order()?,
    };
    let page = app::list(&state, &filter, &query.page()?).await?;
    Ok(Json(RunList { count: page.items.len(), tasks: page.items, next_cursor: page.next_cursor }))
}
