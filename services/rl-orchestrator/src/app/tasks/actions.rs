//! What a person may ask of a task: stop it, try it once more, hand it over now.

use service_api::task::TaskRecord;
use service_client::Error as PeerError;
use storage::{Cancel, Held, TaskView};
use task_model::{AgentId, Attempt, Blame, Micros, TaskId, TaskStatus};

use super::{cancels, find};
use crate::app::assign::trace;
use crate::app::decide::{Question, decide};
use crate::app::{Error, State};

/// Stops a task. Asking again is no error; asking for one that ended otherwise is.
pub(crate) async fn cancel(state: &State, task_id: &TaskId, now: Micros) -> Result<TaskRecord, Error> {
    let asked = state.storage.task_cancel_request(task_id, now).await;
    match asked.map_err(|error| unknown(error, task_id))? {
        Cancel::Done | Cancel::Ended(TaskStatus::Cancelled) => {}
        // What cannot be reached now is noted, and told as soon as it can be.
        Cancel::Requested(attempt) => cancels::tell(state, task_id, attempt).await?,
        Cancel::Ended(status) => {
            return Err(Error::WrongState(format!("task {task_id} is {} already", status.as_str())));
        }
    }
    find(state, task_id).await
}

/// Holds a task: in the outbox while nobody has it, else where it is driven. Asking again is no error.
pub(crate) async fn pause(state: &State, task_id: &TaskId, now: Micros) -> Result<TaskRecord, Error> {
    let held = state.storage.task_pause(task_id, now).await.map_err(|error| unknown(error, task_id))?;
    match held {
        Held::Done | Held::Is(TaskStatus::Paused) => {}
        Held::HasRun => told(task_id, state.execution.pause(task_id).await)?,
        Held::Is(status) => return Err(stands(task_id, status, "paused")),
    }
    find(state, task_id).await
}

/// Lets a paused task go on. Asking again is no error.
pub(crate) async fn resume(state: &State, task_id: &TaskId, now: Micros) -> Result<TaskRecord, Error> {
    let held = state.storage.task_resume(task_id, now).await.map_err(|error| unknown(error, task_id))?;
    match held {
        Held::Done | Held::Is(TaskStatus::Assigned) => {}
        Held::HasRun => told(task_id, state.execution.resume(task_id).await)?,
        Held::Is(status) => return Err(stands(task_id, status, "resumed")),
    }
    find(state, task_id).await
}

/// What the execution API answered: it may know better how its run stands.
fn told(task_id: &TaskId, answer: Result<(), PeerError>) -> Result<(), Error> {
    answer.map_err(|error| match error {
        PeerError::Refused { status, .. } if status.as_u16() == 409 => {
            Error::WrongState(format!("task {task_id} has moved on; look at it again"))
        }
        error => error.into(),
    })
}

fn stands(task_id: &TaskId, status: TaskStatus, verb: &str) -> Error {
    Error::WrongState(format!("task {task_id} is {} and cannot be {verb} now", status.as_str()))
}

/// One more attempt of a task that failed or was cancelled, decided anew.
pub(crate) async fn retry(state: &State, task_id: &TaskId, now: Micros) -> Result<TaskRecord, Error> {
    retry_at(state, task_id, None, now).await?;
    find(state, task_id).await
}

/// Whether a task has another attempt now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retried {
    /// Since just now.
    Again,
    /// Since before.
    Already,
}

/// As [`retry`]; with `failed`, nothing is done when there was another attempt after that one.
pub(crate) async fn retry_at(
    state: &State,
    task_id: &TaskId,
    failed_at: Option<Attempt>,
    now: Micros,
) -> Result<Retried, Error> {
    let view = state.storage.task_find(task_id).await?.ok_or_else(|| Error::TaskUnknown(task_id.clone()))?;
    let status = view.own_status;
    let refused = || {
        Error::WrongState(format!(
            "task {task_id} is {}; only a failed or cancelled task can be retried",
            status.as_str()
        ))
    };
    match status {
        _ if failed_at.is_some_and(|failed| failed < view.attempt) => return Ok(Retried::Already),
        TaskStatus::Failed | TaskStatus::Cancelled => {}
        TaskStatus::Completed => return Err(refused()),
        // It is being tried: asking twice is no error.
        _ => return Ok(Retried::Already),
    }
    let failed = failed_agents(state, &view).await?;
    let metadata = serde_json::from_str(&view.task.metadata_json)
        .map_err(|error| Error::Internal(format!("stored metadata is not an object: {error}")))?;
    let question = Question {
        text: &view.task.description,
        priority: view.task.priority,
        metadata: &metadata,
        failed: &failed,
        pin: view.task.agent_pin.as_ref(),
        force: view.task.force_execute,
        terms: view.decision.as_ref().and_then(trace::terms),
    };
    let decision = decide(state, &question)?.record(now);
    match state.storage.task_retry_at(task_id, failed_at, decision).await {
        Ok(_) => Ok(Retried::Again),
        // Somebody else was quicker.
        Err(storage::Error::Conflict(_)) if failed_at.is_some() => Ok(Retried::Already),
        Err(storage::Error::Conflict(_)) => Err(refused()),
        Err(error) => Err(unknown(error, task_id)),
    }
}

/// Who failed before by their own doing: what infrastructure did says nothing about them.
async fn failed_agents(state: &State, view: &TaskView) -> Result<Vec<AgentId>, Error> {
    if view.run.as_ref().and_then(|run| run.blame) != Some(Blame::Agent) {
        return Ok(Vec::new());
    }
    let decisions = state.storage.decisions_list(&view.task.task_id).await?;
    Ok(decisions.into_iter().map(|record| record.decision.agent_id).collect())
}

/// Hands a waiting task over now instead of when its backoff ends.
pub(crate) async fn execute_now(state: &State, task_id: &TaskId, now: Micros) -> Result<TaskRecord, Error> {
    let woken = state.storage.task_execute_now(task_id, now).await;
    let woken = woken.map_err(|error| unknown(error, task_id))?;
    let record = find(state, task_id).await?;
    let idle = matches!(record.status.as_str(), "completed" | "failed" | "cancelled" | "paused");
    if idle && !woken {
        return Err(Error::WrongState(format!("task {task_id} is {}", record.status)));
    }
    Ok(record)
}

fn unknown(error: storage::Error, task_id: &TaskId) -> Error {
    match error {
        storage::Error::NotFound(_) => Error::TaskUnknown(task_id.clone()),
        other => other.into(),
    }
}
