//! Verbs on a task under way. Each may be repeated: asking for what is already so changes nothing.

use std::time::Duration;

use react_agent::{Event, Observation, Outcome, ToolErrorCode};
use service_client::Call;
use service_kit::context;
use storage::{RunAsked, RunRecord, StepResult};
use task_model::{Attempt, FailureCode, Fence, Micros, RunStatus, TaskId, TaskStatus};

use super::tasks::{self, Seen};
use super::worker::journal;
use super::worker::speaker::Speaker;
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

/// Holds a task; it keeps its place in its journal. One that is not here yet is held by the orchestrator.
pub async fn pause(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    let seen = tasks::require(state, id).await?;
    if is_not_here_yet(&seen) {
        return elsewhere(state, id, state.orchestrator.pause(id.as_str(), &call()).await).await;
    }
    let attempt = seen.attempt();
    let asked = state.storage.run_pause_request(id, now).await?;
    relay(state, id, attempt, asked, Wish::Pause);
    outcome(state, id, asked, &[RunStatus::PAUSED], "paused").await
}

/// Lets a paused task go on.
pub async fn resume(state: &State, id: &TaskId, now: Micros) -> Result<Seen> {
    if is_not_here_yet(&tasks::require(state, id).await?) {
        return elsewhere(state, id, state.orchestrator.resume(id.as_str(), &call()).await).await;
    }
    let asked = state.storage.run_resume(id, now).await?;
    outcome(state, id, asked, &[RunStatus::QUEUED, RunStatus::RUNNING], "resumed").await
}

/// What a person decided.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// The version of the question that was answered; absent: whatever is asked now.
    pub version: Option<Fence>,
    /// Why, for the agent.
    pub reason: Option<String>,
    /// Whether a refused call ends the task instead of being told to the agent.
    pub end_task: bool,
}

/// A person allows what waits: a guarded tool call, an effect of unknown outcome, or a run that killed its workers.
pub async fn approve(state: &State, id: &TaskId, decision: Decision, now: Micros) -> Result<Seen> {
    run_attempt(state, id, "approved").await?;
    let asked = state.storage.run_approve(id, decision.version, now).await;
    let asked = asked.map_err(|error| answered_late(id, error))?;
    outcome(state, id, asked, &[RunStatus::QUEUED, RunStatus::RUNNING], "approved").await
}

/// A person refuses. The agent is told that its call was refused and goes on without; anything else that waits for a person fails,
/// and nobody is blamed.
pub async fn deny(state: &State, id: &TaskId, decision: Decision, now: Micros) -> Result<Seen> {
    let attempt = run_attempt(state, id, "denied").await?;
    let Some(run) = state.storage.run_find(id, Some(attempt)).await? else { return Err(Error::no_task(id)) };
    let refusals = match asks_for_approval(&run) && !decision.end_task {
        true => refusals(state, &run, decision.reason.as_deref(), now).await?,
        false => Vec::new(),
    };
    let already: &[_] = match was_denied(state, &run).await? {
        true => &[RunStatus::FAILED, RunStatus::QUEUED, RunStatus::RUNNING],
        false => &[RunStatus::FAILED],
    };
    let asked = state.storage.run_deny(id, decision.version.or(Some(run.fence)), refusals, now).await;
    let asked = asked.map_err(|error| answered_late(id, error))?;
    outcome(state, id, asked, already, "denied").await
}

fn asks_for_approval(run: &RunRecord) -> bool {
    run.status == RunStatus::NEEDS_REVIEW
        && run.error.as_ref().is_some_and(|error| error.code == FailureCode::APPROVAL_REQUIRED)
}

/// What the agent is told of the calls that wait.
async fn refusals(
    state: &State,
    run: &RunRecord,
    reason: Option<&str>,
    now: Micros,
) -> Result<Vec<StepResult>> {
    let steps = state.storage.steps_list(&run.run.task_id, run.run.attempt, 0).await?;
    let said = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let refusal = |no: i64| {
        let outcome = Outcome::error(ToolErrorCode::Denied, format!("a person refused this call{said}"));
        let observation = Observation { step: u32::try_from(no).unwrap_or(u32::MAX), outcome };
        journal::result(&Event::ToolObserved(observation), &Speaker::default(), Duration::ZERO, now)
    };
    let open = steps.iter().filter(|step| step.result.is_none());
    Ok(open.map(|step| refusal(step.intent.no)).collect())
}

/// Whether the latest word of a person on this run was no.
async fn was_denied(state: &State, run: &RunRecord) -> Result<bool> {
    let steps = state.storage.steps_list(&run.run.task_id, run.run.attempt, 0).await?;
    let denied = |step: &storage::StepRecord| {
        let text = step.result.as_ref().and_then(|result| result.result_json.as_deref());
        let event = text.and_then(|text| serde_json::from_str(text).ok());
        matches!(
            event,
            Some(Event::ToolObserved(Observation {
                outcome: Outcome::Error { code: ToolErrorCode::Denied, .. },
                ..
            }))
        )
    };
    Ok(steps.iter().rev().any(denied))
}

/// The run waits with another question than the one that was answered.
fn answered_late(id: &TaskId, error: storage::Error) -> Error {
    match error {
        storage::Error::Conflict(_) => Error::Conflict {
            code: "REVIEW_CHANGED",
            detail: format!("the task \"{id}\" waits with another question now; look at the inbox again"),
        },
        other => other.into(),
    }
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

/// What the orchestrator did with a task that is not here yet.
async fn elsewhere(
    state: &State,
    id: &TaskId,
    answer: std::result::Result<serde_json::Value, service_client::Error>,
) -> Result<Seen> {
    answer.map_err(|error| Error::from_peer(ORCHESTRATOR, error))?;
    tasks::require(state, id).await
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
