//! What a person decides about a run that needs review: go on, or give up, or go on without the refused calls.
//!
//! A decision may name the fence that the question was shown with: then it never answers another question.

use task_model::{Asked, Fence, Micros, RunStatus, TaskId, Verb};

use super::ask::Standing;
use crate::sql::{Connection, sql};
use crate::steps::write::record_refusals;
use crate::{Error, Result, RunAsked, Signal, StepResult, Storage};

const SIGNALS: &[Signal] = &[Signal::RunQueued, Signal::RunFinished, Signal::TaskChanged, Signal::StepAdded];

impl Storage {
    /// A person allows what waits: the open steps of a run that needs review may run, once, and it is queued.
    ///
    /// [`Error::Conflict`] when it waits with another question than that of `fence`.
    pub async fn run_approve(&self, task_id: &TaskId, fence: Option<Fence>, at: Micros) -> Result<RunAsked> {
        let args = (task_id.clone(), fence, at);
        self.write(args, SIGNALS, |connection, args| Box::pin(approve(connection, args))).await
    }

    /// A person refuses. Without `refusals` the run fails, to nobody's blame; with them they become the results of its open
    /// steps, and it is queued.
    ///
    /// [`Error::Conflict`] when it waits with another question than that of `fence`.
    pub async fn run_deny(
        &self,
        task_id: &TaskId,
        fence: Option<Fence>,
        refusals: Vec<StepResult>,
        at: Micros,
    ) -> Result<RunAsked> {
        let args = (task_id.clone(), fence, refusals, at);
        self.write(args, SIGNALS, |connection, args| Box::pin(deny(connection, args))).await
    }
}

async fn approve(connection: &mut Connection, args: &(TaskId, Option<Fence>, Micros)) -> Result<RunAsked> {
    let (task_id, fence, at) = args;
    let run = asked(connection, task_id, *fence).await?;
    if !matches!(Verb::Approve.ask(run.status), Asked::Moves(_)) {
        return Ok(RunAsked::Ignored(run.status));
    }
    const ALLOWED: &str = "UPDATE steps SET approved_at = $1, spent_at = NULL \
                           WHERE task_id = $2 AND attempt = $3 AND finished_at IS NULL";
    sql(ALLOWED).bind(*at).bind(task_id).bind(run.attempt).execute(connection).await?;
    requeue(connection, &run, *at).await
}

type Denial = (TaskId, Option<Fence>, Vec<StepResult>, Micros);

async fn deny(connection: &mut Connection, (task_id, fence, refusals, at): &Denial) -> Result<RunAsked> {
    let run = asked(connection, task_id, *fence).await?;
    if !matches!(Verb::Deny.ask(run.status), Asked::Moves(_)) {
        return Ok(RunAsked::Ignored(run.status));
    }
    if refusals.is_empty() {
        return run.end(connection, RunStatus::FAILED, "DENIED", *at).await;
    }
    record_refusals(connection, task_id, run.attempt, refusals).await?;
    requeue(connection, &run, *at).await
}

/// The run, if it still waits with the question that was answered.
async fn asked(connection: &mut Connection, task_id: &TaskId, fence: Option<Fence>) -> Result<Standing> {
    let run = Standing::lock(connection, task_id, None).await?;
    let another = fence.is_some_and(|fence| fence != run.fence);
    if another && run.status == RunStatus::NEEDS_REVIEW {
        return Err(Error::Conflict("the question"));
    }
    Ok(run)
}

async fn requeue(connection: &mut Connection, run: &Standing, at: Micros) -> Result<RunAsked> {
    let queued = "status = 'queued', due_at = $1, fence = fence + 1, worker_deaths = 0, error_code = NULL, \
                  error_message = NULL";
    run.set(connection, queued, at).await?;
    Ok(RunAsked::Done)
}
