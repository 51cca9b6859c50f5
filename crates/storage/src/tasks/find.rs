//! Finding one task.

use std::collections::BTreeMap;

use task_model::{RunStatus, TaskId, TaskStatus, visible_status};

use super::columns::{DECISION, JOINED, STATE, TASK, view};
use crate::sql::{Row, built, sql};
use crate::{Result, Storage, TaskView};

impl Storage {
    /// Everything about a task.
    pub async fn task_find(&self, task_id: &TaskId) -> Result<Option<TaskView>> {
        let select = built(format!("SELECT {TASK}, {STATE}, {DECISION} {JOINED} WHERE t.task_id = $1"));
        select.bind(task_id).row(&mut self.read().await?).await?.as_ref().map(view).transpose()
    }

    /// The task stored under an idempotency key.
    pub async fn task_by_key(&self, idempotency_key: &str) -> Result<Option<TaskView>> {
        let select =
            built(format!("SELECT {TASK}, {STATE}, {DECISION} {JOINED} WHERE t.idempotency_key = $1"));
        select.bind(idempotency_key).row(&mut self.read().await?).await?.as_ref().map(view).transpose()
    }

    /// Visible status of a task alone: cheaper than [`Storage::task_find`] for long polls.
    pub async fn task_status(&self, task_id: &TaskId) -> Result<Option<TaskStatus>> {
        const SELECT: &str = "SELECT t.status, r.status AS r_status FROM tasks t \
                              LEFT JOIN runs r ON r.task_id = t.task_id AND r.attempt = t.attempt \
                              WHERE t.task_id = $1";
        let row = sql(SELECT).bind(task_id).row(&mut self.read().await?).await?;
        row.as_ref().map(status).transpose()
    }

    /// How many tasks show each status. Reads everything: cache it.
    pub async fn task_counts(&self) -> Result<BTreeMap<&'static str, i64>> {
        const SELECT: &str = "SELECT t.status, r.status AS r_status, COUNT(*) AS tasks FROM tasks t \
                              LEFT JOIN runs r ON r.task_id = t.task_id AND r.attempt = t.attempt \
                                  AND t.status NOT IN ('completed', 'failed', 'cancelled') \
                              GROUP BY t.status, r.status";
        let rows = sql(SELECT).rows(&mut self.read().await?).await?;
        let mut counts: BTreeMap<_, i64> =
            TaskStatus::ALL.iter().map(|status| (status.as_str(), 0)).collect();
        for row in &rows {
            *counts.entry(status(row)?.as_str()).or_default() += row.int("tasks")?;
        }
        Ok(counts)
    }

    /// How many outbox rows wait.
    pub async fn outbox_depth(&self) -> Result<i64> {
        const SELECT: &str = "SELECT COUNT(*) AS waiting FROM tasks WHERE dispatch_due_at IS NOT NULL";
        let row = sql(SELECT).row(&mut self.read().await?).await?;
        row.map_or(Ok(0), |row| row.int("waiting"))
    }
}

fn status(row: &Row) -> Result<TaskStatus> {
    Ok(visible_status(row.word("status", TaskStatus::parse)?, row.opt_word("r_status", RunStatus::parse)?))
}
