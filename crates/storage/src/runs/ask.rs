//! What people may ask of a run: stop, pause, go on. Idempotent.

use task_model::{Asked, Attempt, FailureCode, Fence, Micros, RunStatus, TaskId, Verb};

use super::columns::tell;
use crate::runs::give_back::{Change, return_runs};
use crate::sql::{Connection, Value, built, sql};
use crate::{Error, Result, RunAsked, Signal, Storage};

const SIGNALS: &[Signal] = &[Signal::RunQueued, Signal::RunFinished, Signal::TaskChanged, Signal::RunAsked];

impl Storage {
    /// Stops a run that nobody drives, or asks its worker to. `attempt`: the latest unless named.
    pub async fn run_cancel_request(
        &self,
        task_id: &TaskId,
        attempt: Option<Attempt>,
        at: Micros,
    ) -> Result<RunAsked> {
        let args = (task_id.clone(), attempt, at);
        self.write(args, SIGNALS, |connection, args| Box::pin(cancel(connection, args))).await
    }

    /// Pauses a run that nobody drives, or asks its worker to.
    pub async fn run_pause_request(&self, task_id: &TaskId, at: Micros) -> Result<RunAsked> {
        self.write((task_id.clone(), at), SIGNALS, |connection, args| Box::pin(pause(connection, args))).await
    }

    /// Takes runs from workers that were asked to stop before `asked_before` and have not: they are cancelled, and the fence
    /// keeps whatever their workers still send from being written. Returns how many.
    pub async fn runs_cancel_overdue(&self, asked_before: Micros) -> Result<usize> {
        const OVERDUE: &str =
            "SELECT 1 AS one FROM runs WHERE cancel_at <= $1 AND session_id IS NOT NULL LIMIT 1";
        if sql(OVERDUE).bind(asked_before).row(&mut self.read().await?).await?.is_none() {
            return Ok(0);
        }
        self.write(asked_before, SIGNALS, |connection, at| Box::pin(cancel_overdue(connection, *at))).await
    }

    /// Queues a paused run again.
    pub async fn run_resume(&self, task_id: &TaskId, at: Micros) -> Result<RunAsked> {
        self.write((task_id.clone(), at), SIGNALS, |connection, args| Box::pin(resume(connection, args)))
            .await
    }
}

/// A run as it stands, locked until the transaction ends.
pub(super) struct Standing {
    pub(super) task_id: TaskId,
    pub(super) attempt: Attempt,
    pub(super) status: RunStatus,
    pub(super) fence: Fence,
    driven: bool,
}

impl Standing {
    pub(super) async fn lock(
        connection: &mut Connection,
        task_id: &TaskId,
        attempt: Option<Attempt>,
    ) -> Result<Self> {
        let which = if attempt.is_some() { "AND attempt = $2" } else { "" };
        let lock = connection.choose("", "FOR UPDATE");
        let select = built(format!(
            "SELECT attempt, status, session_id, fence FROM runs WHERE task_id = $1 {which} \
             ORDER BY attempt DESC LIMIT 1 {lock}"
        ));
        let row = select.bind(task_id).bind_all(attempt.map(Value::from)).row(connection).await?;
        let row = row.ok_or(Error::NotFound("run"))?;
        Ok(Self {
            task_id: task_id.clone(),
            attempt: row.attempt("attempt")?,
            status: row.word("status", RunStatus::parse)?,
            fence: row.fence("fence")?,
            driven: row.opt_text("session_id")?.is_some(),
        })
    }

    /// Sets columns of the run; `$1` is the instant.
    pub(super) async fn set(&self, connection: &mut Connection, columns: &str, at: Micros) -> Result<()> {
        let update = built(format!("UPDATE runs SET {columns} WHERE task_id = $2 AND attempt = $3"));
        update.bind(at).bind(&self.task_id).bind(self.attempt).execute(connection).await.map(drop)
    }

    /// Ends the run to nobody's blame.
    pub(super) async fn end(
        &self,
        connection: &mut Connection,
        status: RunStatus,
        code: &'static str,
        at: Micros,
    ) -> Result<RunAsked> {
        const END: &str = "UPDATE runs SET status = $1, error_code = $2, error_message = 'stopped on request', \
                               blame = 'nobody', finished_at = $3, pause_at = NULL, fence = fence + 1 \
                           WHERE task_id = $4 AND attempt = $5";
        let end = sql(END).bind(status.as_str()).bind(code).bind(at).bind(&self.task_id).bind(self.attempt);
        end.execute(connection).await?;
        tell(connection, "finished", std::iter::once((&self.task_id, self.attempt, at))).await?;
        Ok(RunAsked::Done)
    }
}

async fn cancel(connection: &mut Connection, args: &(TaskId, Option<Attempt>, Micros)) -> Result<RunAsked> {
    let (task_id, attempt, at) = args;
    let run = Standing::lock(connection, task_id, *attempt).await?;
    if Verb::Cancel.ask(run.status) != Asked::Moves(RunStatus::CANCELLED) {
        return Ok(RunAsked::Ignored(run.status));
    }
    if run.driven {
        run.set(connection, "cancel_at = COALESCE(cancel_at, $1)", *at).await?;
        return Ok(RunAsked::Requested);
    }
    run.end(connection, RunStatus::CANCELLED, FailureCode::CANCELLED, *at).await
}

async fn cancel_overdue(connection: &mut Connection, asked_before: Micros) -> Result<usize> {
    let change = Change {
        status: "'cancelled'",
        more: "due_at = due_at",
        code: "error_code",
        message: "error_message",
    };
    let whose = "session_id IS NOT NULL AND cancel_at <= $1";
    Ok(return_runs(connection, change, whose, vec![asked_before.into()]).await?.total)
}

async fn pause(connection: &mut Connection, (task_id, at): &(TaskId, Micros)) -> Result<RunAsked> {
    let run = Standing::lock(connection, task_id, None).await?;
    if run.driven {
        run.set(connection, "pause_at = COALESCE(pause_at, $1)", *at).await?;
        return Ok(RunAsked::Requested);
    }
    match Verb::Pause.ask(run.status) {
        Asked::Moves(_) => {
            run.set(connection, "status = 'paused', fence = fence + 1, due_at = $1", *at).await?;
            Ok(RunAsked::Done)
        }
        Asked::Already => Ok(RunAsked::Done),
        Asked::Illegal => Ok(RunAsked::Ignored(run.status)),
    }
}

async fn resume(connection: &mut Connection, (task_id, at): &(TaskId, Micros)) -> Result<RunAsked> {
    let run = Standing::lock(connection, task_id, None).await?;
    if run.driven {
        // A request to pause that the worker has not seen yet is taken back.
        run.set(connection, "pause_at = CASE WHEN pause_at > $1 THEN pause_at END", *at).await?;
        return Ok(RunAsked::Done);
    }
    match Verb::Resume.ask(run.status) {
        Asked::Moves(_) => {
            run.set(connection, "status = 'queued', due_at = $1, fence = fence + 1", *at).await?;
            Ok(RunAsked::Done)
        }
        Asked::Already | Asked::Illegal => Ok(RunAsked::Ignored(run.status)),
    }
}
