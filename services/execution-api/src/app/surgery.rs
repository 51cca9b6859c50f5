//! Verbs on a task under way. Each may be repeated: asking for what is already so changes nothing.

use std::time::Duration;

use service_client::Call;
use service_kit::context;
use storage::RunAsked;
use task_model::{Attempt, Micros, RunStatus, TaskId, TaskStatus};

use super::tasks::{self, Seen};
use super::worker::under_way::Wish;
use crate::error::{Error, Result};
use crate::render;
use crate::state::State;

const ORCHESTRATOR: &str = "orchestrator";
const WITHIN: Duration = Duration::from_secs(10);

/// Stops a task: at once when nobody drives it, else at its worker's next await.
pub async fn cancel(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    let seen = tasks::require(state, id).await?;
    if is_not_here_yet(&seen) {
        return match seen.status() {
            TaskStatus::Cancelled => Ok(seen),
            status if status.is_terminal() => Err(not_now(id, status, "cancelled")),
            _ => {
                let asked = state.orchestrator.cancel(id.as_str(), &call()).await;
                asked.map_err(|error| Error::from_peer(ORCHESTRATOR, error))?;
                tasks::require(state, id).await
            }
        };
    }
    // The run is asked whatever the task shows: the orchestrator cancels a task first and then comes here.
    let asked = state.storage.run_cancel_request(id, Some(seen.attempt()), now).await?;
    relay(state, id, seen.attempt(), asked, Wish::Cancel);
    match asked {
        RunAsked::Ignored(status) if status != RunStatus::CANCELLED => {
            Err(not_now(id, status.as_task(), "cancelled"))
        }
        _ => tasks::require(state, id).await,
    }
}

/// One more attempt for a task that failed or was cancelled: the orchestrator chooses who makes it.
pub async fn retry(state: &State, id: &TaskId) -> Result<Seen> {
    let seen = tasks::require(state, id).await?;
    match seen.status() {
        TaskStatus::Completed | TaskStatus::NeedsReview => {
            return Err(not_now(id, seen.status(), "tried again"));
        }
        TaskStatus::Failed | TaskStatus::Cancelled => {}
        // A new attempt is under way already.
        _ => return Ok(seen),
    }
    state.orchestrator.retry(id.as_str(), &call()).await.map_err(|e| Error::from_peer(ORCHESTRATOR, e))?;
    tasks::require(state, id).await
}

/// Holds a task; it keeps its place in its journal.
pub async fn pause(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    let attempt = run_attempt(state, id, "paused").await?;
    let asked = state.storage.run_pause_request(id, now).await?;
    relay(state, id, attempt, asked, Wish::Pause);
    outcome(state, id, asked, &[RunStatus::PAUSED], "paused").await
}

/// Lets a paused task go on.
pub async fn resume(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    run_attempt(state, id, "resumed").await?;
    let asked = state.storage.run_resume(id, now).await?;
    outcome(state, id, asked, &[RunStatus::QUEUED, RunStatus::RUNNING], "resumed").await
}

/// A person allows an effect of unknown outcome to run again.
pub async fn approve(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    run_attempt(state, id, "approved").await?;
    let asked = state.storage.run_approve(id, now).await?;
    outcome(state, id, asked, &[RunStatus::QUEUED, RunStatus::RUNNING], "approved").await
}

/// A person refuses: the task fails, and nobody is blamed.
pub async fn deny(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    run_attempt(state, id, "denied").await?;
    let asked = state.storage.run_deny(id, now).await?;
    outcome(state, id, asked, &[RunStatus::FAILED], "denied").await
}

async fn outcome(
    state: &State,
    id: &TaskId,
    asked: RunAsked,
    already: &[RunStatus],
    verb: &str,
) -> Result<Seen> {
    state.watchers.changed(id);
    match asked {
        RunAsked::Ignored(status) if !already.contains(&status) => Err(not_now(id, status.as_task(), verb)),
        _ => tasks::require(state, id).await,
    }
}

/// Tells the worker in this process at once; one in another process sees it within a second.
fn relay(state: &State, id: &TaskId, attempt: Attempt, asked: RunAsked, wish: Wish) {
    if asked == RunAsked::Requested {
        state.under_way.want(id, attempt, wish);
    }
    state.watchers.changed(id);
}

async fn run_attempt(state: &State, id: &TaskId, verb: &str) -> Result<Attempt> {
    let seen = tasks::require(state, id).await?;
    if is_not_here_yet(&seen) {
        return Err(not_now(id, seen.status(), verb));
    }
    Ok(seen.attempt())
}

/// The orchestrator has assigned it and not handed it over: only the orchestrator can act on it.
fn is_not_here_yet(seen: &Seen) -> bool {
    matches!(seen, Seen::Task(view) if view.run.is_none())
}

fn not_now(id: &TaskId, status: TaskStatus, verb: &str) -> Error {
    let status = render::status(status);
    Error::Conflict {
        code: "ILLEGAL_MOVE",
        detail: format!("the task \"{id}\" is {status} and cannot be {verb} now"),
    }
}

fn call() -> Call {
    Call::within(WITHIN).with_headers(context::outgoing_headers())
}
