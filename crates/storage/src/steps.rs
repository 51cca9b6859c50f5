//! The step journal.

use task_model::{Attempt, TaskId};

use crate::open::pending;
use crate::*;

impl Storage {
    /// Records an INTENT before its effect. [`Error::Stale`] when the lease was lost.
    pub async fn step_intent(&self, _lease: &RunLease, _intent: StepIntent) -> Result<()> {
        Err(pending())
    }

    /// Records the RESULT of an INTENT. [`Error::Stale`] when the lease was lost.
    pub async fn step_result(&self, _lease: &RunLease, _result: StepResult) -> Result<()> {
        Err(pending())
    }

    /// Records a RESULT and the next INTENT in one commit.
    pub async fn step_result_and_intent(
        &self,
        _lease: &RunLease,
        _result: StepResult,
        _intent: StepIntent,
    ) -> Result<()> {
        Err(pending())
    }

    /// The steps of a run after `after_no` (0 for all).
    pub async fn steps_list(
        &self,
        _task_id: &TaskId,
        _attempt: Attempt,
        _after_no: i64,
    ) -> Result<Vec<StepRecord>> {
        Err(pending())
    }
}
