//! Settling: outcome to reward, exactly once per attempt.

use crate::open::pending;
use crate::*;

impl Storage {
    /// Finished runs whose task is not settled at that attempt, the earliest first.
    pub async fn outcomes_unsettled(&self, _limit: usize) -> Result<Vec<RunOutcome>> {
        Err(pending())
    }

    /// Ends a task: status, reward, experience and history in one transaction, once per (task, attempt).
    pub async fn task_settle(&self, _settle: Settle) -> Result<Settled> {
        Err(pending())
    }

    /// Ends an attempt and begins the next: experience, decision and outbox in one transaction, once per (task, attempt).
    pub async fn task_settle_retry(&self, _retry: SettleRetry) -> Result<Settled> {
        Err(pending())
    }
}
