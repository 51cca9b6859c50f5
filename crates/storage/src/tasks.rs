//! Tasks.

use std::collections::BTreeMap;

use task_model::{Attempt, Micros, TaskId, TaskStatus};

use crate::open::pending;
use crate::*;

impl Storage {
    /// Stores a task with the decision for its first attempt, due for dispatch at once; one commit.
    pub async fn task_assign(&self, _assignment: Assignment) -> Result<Assigned> {
        Err(pending())
    }

    /// Stores many; one commit, one answer for each, in order.
    pub async fn task_assign_many(&self, _assignments: Vec<Assignment>) -> Result<Vec<Assigned>> {
        Err(pending())
    }

    /// What an equal request was answered with, by id or else by key, before anything is decided.
    /// [`Assigned::New`] means: not known.
    pub async fn task_replay(
        &self,
        _task_id: &TaskId,
        _idempotency_key: Option<&str>,
        _content_hash: &str,
    ) -> Result<Assigned> {
        Err(pending())
    }

    /// Everything about a task.
    pub async fn task_find(&self, _task_id: &TaskId) -> Result<Option<TaskView>> {
        Err(pending())
    }

    /// The task stored under an idempotency key.
    pub async fn task_by_key(&self, _idempotency_key: &str) -> Result<Option<TaskView>> {
        Err(pending())
    }

    /// The tasks that a filter lets through.
    pub async fn task_list(&self, _filter: &TaskFilter, _page: &Page) -> Result<Listing<TaskView>> {
        Err(pending())
    }

    /// How many tasks show each status.
    pub async fn task_counts(&self) -> Result<BTreeMap<&'static str, i64>> {
        Err(pending())
    }

    /// The history of one task after `after_seq` (0 for all of it).
    pub async fn task_events(&self, _task_id: &TaskId, _after_seq: i64) -> Result<Vec<TaskEvent>> {
        Err(pending())
    }

    /// The history of all tasks after `after_seq`.
    pub async fn events_after(&self, _after_seq: i64, _limit: usize) -> Result<Vec<TaskEvent>> {
        Err(pending())
    }

    /// All decisions for a task, in the order of its attempts.
    pub async fn decisions_list(&self, _task_id: &TaskId) -> Result<Vec<DecisionRecord>> {
        Err(pending())
    }

    /// Claims up to `limit` outbox rows that are due. Each is invisible to other dispatchers for ten seconds, then due again.
    pub async fn task_dispatch_due(&self, _now: Micros, _limit: usize) -> Result<Vec<DispatchItem>> {
        Err(pending())
    }

    /// The execution API has the attempt. False when the task was cancelled or moved on meanwhile: then the run must be cancelled there.
    pub async fn task_dispatched(&self, _task_id: &TaskId, _attempt: Attempt, _at: Micros) -> Result<bool> {
        Err(pending())
    }

    /// Nobody took it: try again at `due_at`.
    pub async fn task_dispatch_postpone(
        &self,
        _task_id: &TaskId,
        _attempt: Attempt,
        _due_at: Micros,
        _error: &str,
    ) -> Result<()> {
        Err(pending())
    }

    /// It can never be handed over: the task fails with this error, without reward.
    pub async fn task_dispatch_dead(
        &self,
        _task_id: &TaskId,
        _attempt: Attempt,
        _error: TaskError,
        _at: Micros,
    ) -> Result<Settled> {
        Err(pending())
    }

    /// How many outbox rows wait.
    pub async fn outbox_depth(&self) -> Result<i64> {
        Err(pending())
    }

    /// Runs that were inserted at the execution API without a task.
    pub async fn runs_unadopted(&self, _limit: usize) -> Result<Vec<RunRecord>> {
        Err(pending())
    }

    /// Makes such a run's task: status `queued`, nothing to dispatch. `attempt` is the run's.
    pub async fn task_adopt(&self, _assignment: Assignment, _attempt: Attempt) -> Result<Assigned> {
        Err(pending())
    }

    /// Stops a task, or notes that its run must be stopped.
    pub async fn task_cancel_request(&self, _task_id: &TaskId, _at: Micros) -> Result<Cancel> {
        Err(pending())
    }

    /// A person wants one more attempt of a task that failed or was cancelled. Any other status is [`Error::Conflict`].
    pub async fn task_retry(&self, _task_id: &TaskId, _decision: NewDecision) -> Result<Attempt> {
        Err(pending())
    }

    /// Makes a waiting outbox row due now. False when nothing waits.
    pub async fn task_execute_now(&self, _task_id: &TaskId, _now: Micros) -> Result<bool> {
        Err(pending())
    }

    /// Visible status of a task alone: cheaper than [`Storage::task_find`] for long polls.
    pub async fn task_status(&self, _task_id: &TaskId) -> Result<Option<TaskStatus>> {
        Err(pending())
    }
}
