//! What a person decides about a run that needs review: go on, or give up.

use task_model::{Micros, RunStatus, TaskId};

use super::ask::Standing;
use crate::sql::{Connection, sql};
use crate::{Result, RunAsked, Signal, Storage};

const SIGNALS: &[Signal] = &[Signal::RunQueued, Signal::RunFinished, Signal::TaskChanged];

impl Storage {
    /// A person allows the effect of unknown outcome to run again: queues a run that needs review.
    pub async fn run_approve(&self, task_id: &TaskId, at: Micros) -> Result<RunAsked> {
        self.write((task_id.clone(), at), SIGNALS, |connection, args| Box::pin(approve(connection, args)))
            .await
    }

    /// A person refuses: fails a run that needs review, to nobody's blame.
    pub async fn run_deny(&self, task_id: &TaskId, at: Micros) -> Result<RunAsked> {
        self.write((task_id.clone(), at), SIGNALS, |connection, args| Box::pin(deny(connection, args))).await
    }
}

async fn approve(connection: &mut Connection, (task_id, at): &(TaskId, Micros)) -> Result<RunAsked> {
    let run = Standing::lock(connection, task_id, None).await?;
    if run.status != RunStatus::NEEDS_REVIEW {
        return Ok(RunAsked::Ignored(run.status));
    }
    const ALLOWED: &str =
        "UPDATE steps SET approved_at = $1 WHERE task_id = $2 AND attempt = $3 AND finished_at IS NULL";
    sql(ALLOWED).bind(*at).bind(task_id).bind(run.attempt).execute(connection).await?;
    let queued = "status = 'queued', due_at = $1, fence = fence + 1, worker_deaths = 0, error_code = NULL, \
                  error_message = NULL";
    run.set(connection, queued, *at).await?;
    Ok(RunAsked::Done)
}

async fn deny(connection: &mut Connection, (task_id, at): &(TaskId, Micros)) -> Result<RunAsked> {
    let run = Standing::lock(connection, task_id, None).await?;
    if run.status != RunStatus::NEEDS_REVIEW {
        return Ok(RunAsked::Ignored(run.status));
    }
    run.end(connection, RunStatus::FAILED, "DENIED", *at).await
}
