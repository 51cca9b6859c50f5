//! Runs.

use task_model::{Attempt, Micros, TaskId};

use crate::open::pending;
use crate::*;

impl Storage {
    /// Inserts a run that waits for a worker, unless it is there already.
    pub async fn run_insert(&self, _run: NewRun) -> Result<Inserted> {
        Err(pending())
    }

    /// A run; the latest attempt unless one is named.
    pub async fn run_find(&self, _task_id: &TaskId, _attempt: Option<Attempt>) -> Result<Option<RunRecord>> {
        Err(pending())
    }

    /// The runs that a filter lets through.
    pub async fn run_list(&self, _filter: &RunFilter, _page: &Page) -> Result<Listing<RunRecord>> {
        Err(pending())
    }

    /// How many runs have each status.
    pub async fn run_counts(&self) -> Result<Vec<(String, i64)>> {
        Err(pending())
    }

    /// Takes up to `n` due runs for a live session, the most urgent first. [`Error::Stale`] when the session is over.
    pub async fn run_claim(&self, _session_id: &str, _n: usize, _now: Micros) -> Result<Vec<RunRecord>> {
        Err(pending())
    }

    /// Ends a run: last step result, end and outcome event in one transaction.
    pub async fn run_finish(&self, _lease: RunLease, _last: Option<StepResult>, _end: RunEnd) -> Result<()> {
        Err(pending())
    }

    /// Gives a run back until `due_at` as `waiting`.
    pub async fn run_wait(&self, _lease: RunLease, _due_at: Micros) -> Result<()> {
        Err(pending())
    }

    /// Gives a run back until `due_at` as `queued`, after infrastructure trouble.
    pub async fn run_release(&self, _lease: RunLease, _due_at: Micros) -> Result<()> {
        Err(pending())
    }

    /// Gives a run back as `needs_review`, for a person to decide.
    pub async fn run_review(&self, _lease: RunLease, _why: TaskError) -> Result<()> {
        Err(pending())
    }

    /// The worker noticed the request to pause: the run is `paused` and nobody's.
    pub async fn run_paused(&self, _lease: RunLease) -> Result<()> {
        Err(pending())
    }

    /// Stops a run that nobody drives, or asks its worker to. `attempt`: the latest unless named.
    pub async fn run_cancel_request(
        &self,
        _task_id: &TaskId,
        _attempt: Option<Attempt>,
        _at: Micros,
    ) -> Result<RunAsked> {
        Err(pending())
    }

    /// Pauses a run that nobody drives, or asks its worker to.
    pub async fn run_pause_request(&self, _task_id: &TaskId, _at: Micros) -> Result<RunAsked> {
        Err(pending())
    }

    /// Queues a paused run again.
    pub async fn run_resume(&self, _task_id: &TaskId, _at: Micros) -> Result<RunAsked> {
        Err(pending())
    }

    /// A person allows the effect of unknown outcome to run again: queues a run that needs review.
    pub async fn run_approve(&self, _task_id: &TaskId, _at: Micros) -> Result<RunAsked> {
        Err(pending())
    }

    /// A person refuses: fails a run that needs review, to nobody's blame.
    pub async fn run_deny(&self, _task_id: &TaskId, _at: Micros) -> Result<RunAsked> {
        Err(pending())
    }
}
