//! Tasks as they stand: looked up, listed, waited for.

pub(crate) mod actions;
pub(crate) mod cancels;
mod record;
pub(crate) mod watch;

use std::time::Duration;

use service_api::task::{TaskList, TaskRecord};
use storage::{Page, Signal, TaskFilter};
use task_model::{TaskId, TaskStatus};
use tokio::time::Instant;

use super::{Error, State};

/// How often a waiting call looks when no hint comes: changes made by another process give none.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The whole record of a task.
pub(crate) async fn find(state: &State, task_id: &TaskId) -> Result<TaskRecord, Error> {
    // The history first: then the record is never older than the last change it lists.
    let history = state.storage.task_events(task_id, 0).await?;
    let view = state.storage.task_find(task_id).await?;
    let view = view.ok_or_else(|| Error::TaskUnknown(task_id.clone()))?;
    Ok(record::whole(view, history, &state.execution_url))
}

/// As [`find`], but first waits until nothing more happens by itself, at most for `within`.
pub(crate) async fn find_ended(
    state: &State,
    task_id: &TaskId,
    within: Duration,
) -> Result<TaskRecord, Error> {
    let until = Instant::now() + within;
    let mut changed = state.storage.signals().subscribe(Signal::TaskChanged);
    let mut finished = state.storage.signals().subscribe(Signal::RunFinished);
    loop {
        let status = state.storage.task_status(task_id).await?;
        let status = status.ok_or_else(|| Error::TaskUnknown(task_id.clone()))?;
        if rests(status) || Instant::now() >= until || state.stopping.is_cancelled() {
            return find(state, task_id).await;
        }
        let next = until.min(Instant::now() + LOOK_EVERY);
        tokio::select! {
            _ = changed.changed() => {}
            _ = finished.changed() => {}
            () = state.stopping.cancelled() => {}
            () = tokio::time::sleep_until(next) => {}
        }
    }
}

/// Whether waiting longer is of no use.
fn rests(status: TaskStatus) -> bool {
    status.is_terminal() || status == TaskStatus::NeedsReview
}

/// One page of tasks, without candidates and history.
pub(crate) async fn list(state: &State, filter: &TaskFilter, page: &Page) -> Result<TaskList, Error> {
    let listing = state.storage.task_list(filter, page).await?;
    let tasks: Vec<_> =
        listing.items.into_iter().map(|view| record::brief(view, &state.execution_url)).collect();
    Ok(TaskList { count: tasks.len(), tasks, next_cursor: listing.next_cursor })
}
