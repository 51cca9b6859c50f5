//! What waits for a person: runs that need review, each with the question and what it is about.

use service_api::inbox::InboxItem;
use storage::{Listing, Order, Page, RunFilter, RunRecord};
use task_model::RunStatus;

use crate::error::Result;
use crate::render;
use crate::state::State;

/// One page, the longest waiting first.
pub async fn list(state: &State, page: &Page) -> Result<Listing<InboxItem>> {
    let filter =
        RunFilter { statuses: vec![RunStatus::NEEDS_REVIEW], order: Order::Oldest, ..RunFilter::default() };
    let runs = state.storage.run_list(&filter, page).await?;
    let mut items = Vec::with_capacity(runs.items.len());
    for run in &runs.items {
        items.push(item(state, run).await?);
    }
    Ok(Listing { items, next_cursor: runs.next_cursor })
}

async fn item(state: &State, run: &RunRecord) -> Result<InboxItem> {
    let steps = state.storage.steps_list(&run.run.task_id, run.run.attempt, 0).await?;
    let open = steps.iter().filter(|step| step.result.is_none());
    let error = run.error.clone();
    let (code, message) = error.map_or_else(Default::default, |error| (error.code, error.message));
    Ok(InboxItem {
        task_id: run.run.task_id.to_string(),
        attempt: run.run.attempt.0,
        agent_id: run.run.agent_id.to_string(),
        task: run.run.task.clone(),
        code,
        message,
        version: run.fence.0,
        steps: open.map(render::step).collect(),
        created_at: service_api::rfc3339(run.run.created_at),
    })
}
