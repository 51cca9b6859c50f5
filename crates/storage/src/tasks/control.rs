//! What a person may do to a task: stop it, try it again, hurry it.

use task_model::{Attempt, FailureCode, Micros, TaskId, TaskStatus};

use super::assign::append_decisions;
use super::dispatch::CLAIM_MS;
use super::history::{NewEvent, append_events};
use crate::sql::{Connection, built, sql};
use crate::{Cancel, Error, NewDecision, Result, Signal, Storage};

/// Whoever asked for a cancel tells the execution API itself; if that fails, the orchestrator does after this time.
const ASK_AGAIN_MS: i64 = 1_000;

impl Storage {
    /// Stops a task, or notes that its run must be stopped.
    pub async fn task_cancel_request(&self, task_id: &TaskId, at: Micros) -> Result<Cancel> {
        let args = (task_id.clone(), at);
        self.write(args, &[Signal::TaskChanged], |connection, args| Box::pin(cancel(connection, args))).await
    }

    /// Claims up to `limit` tasks whose runs must be stopped and are not known to be. Each is due again in ten seconds, unless
    /// [`Storage::task_cancel_told`] comes first.
    pub async fn task_cancels_due(&self, now: Micros, limit: usize) -> Result<Vec<(TaskId, Attempt)>> {
        const SELECT: &str = "SELECT 1 AS one FROM tasks WHERE cancel_due_at <= $1 LIMIT 1";
        if sql(SELECT).bind(now).row(&mut self.read().await?).await?.is_none() {
            return Ok(Vec::new());
        }
        self.write((now, limit), &[], |connection, args| Box::pin(cancels(connection, args))).await
    }

    /// The execution API knows that it must stop this attempt, or has nothing to stop.
    pub async fn task_cancel_told(&self, task_id: &TaskId, attempt: Attempt) -> Result<()> {
        let args = (task_id.clone(), attempt);
        self.write(args, &[], |connection, (task_id, attempt)| {
            Box::pin(async move {
                const TOLD: &str =
                    "UPDATE tasks SET cancel_due_at = NULL WHERE task_id = $1 AND attempt = $2";
                sql(TOLD).bind(task_id).bind(*attempt).execute(connection).await.map(drop)
            })
        })
        .await
    }

    /// A person wants one more attempt of a task that failed or was cancelled. Any other status is [`Error::Conflict`].
    pub async fn task_retry(&self, task_id: &TaskId, decision: NewDecision) -> Result<Attempt> {
        self.task_retry_at(task_id, None, decision).await
    }

    /// The same, only when `failed` was the last attempt: of all who try again after the same one, one succeeds.
    pub async fn task_retry_at(
        &self,
        task_id: &TaskId,
        failed: Option<Attempt>,
        decision: NewDecision,
    ) -> Result<Attempt> {
        let signals = &[Signal::DispatchDue, Signal::TaskChanged];
        let args = (task_id.clone(), failed, decision);
        self.write(args, signals, |connection, args| Box::pin(retry(connection, args))).await
    }

    /// Makes a waiting outbox row due now. False when nothing waits.
    pub async fn task_execute_now(&self, task_id: &TaskId, now: Micros) -> Result<bool> {
        let args = (task_id.clone(), now);
        self.write(args, &[Signal::DispatchDue], |connection, args| Box::pin(hurry(connection, args))).await
    }
}

async fn cancel(connection: &mut Connection, (task_id, at): &(TaskId, Micros)) -> Result<Cancel> {
    // Whoever inserts a run holds its task's row until its commit: after this a run that was on its way is seen, or is refused.
    const LOCK: &str = "SELECT attempt FROM tasks WHERE task_id = $1 FOR UPDATE";
    const NO_LOCK: &str = "SELECT attempt FROM tasks WHERE task_id = $1";
    sql(connection.choose(NO_LOCK, LOCK)).bind(task_id).row(connection).await?;
    const DONE: &str = "UPDATE tasks SET status = 'cancelled', cancel_requested_at = $1, completed_at = $1, \
                            updated_at = $1, dispatch_due_at = NULL, error_code = $2, error_message = $3, \
                            cancel_due_at = CASE WHEN dispatch_tries > 0 THEN $4 END \
                        WHERE task_id = $5 AND status IN ('assigned', 'paused') AND NOT EXISTS \
                            (SELECT 1 FROM runs WHERE runs.task_id = tasks.task_id AND runs.attempt = tasks.attempt) \
                        RETURNING attempt";
    // A hand-over that is under way may still arrive; after this time it has, or never will.
    let arrived = at.plus_millis(CLAIM_MS);
    let done = sql(DONE).bind(*at).bind(FailureCode::CANCELLED).bind("cancelled before it began");
    let done = done.bind(arrived).bind(task_id);
    if let Some(row) = done.row(connection).await? {
        let event = NewEvent::new(task_id, row.attempt("attempt")?, TaskStatus::Cancelled, *at);
        append_events(connection, std::iter::once(event)).await?;
        return Ok(Cancel::Done);
    }
    const ASKED: &str = "UPDATE tasks SET cancel_requested_at = COALESCE(cancel_requested_at, $1), updated_at = $1, \
                             cancel_due_at = COALESCE(cancel_due_at, $3) \
                         WHERE task_id = $2 AND status NOT IN ('completed', 'failed', 'cancelled') RETURNING attempt";
    if let Some(row) =
        sql(ASKED).bind(*at).bind(task_id).bind(at.plus_millis(ASK_AGAIN_MS)).row(connection).await?
    {
        return Ok(Cancel::Requested(row.attempt("attempt")?));
    }
    let row = sql("SELECT status FROM tasks WHERE task_id = $1").bind(task_id).row(connection).await?;
    Ok(Cancel::Ended(row.ok_or(Error::NotFound("task"))?.word("status", TaskStatus::parse)?))
}

async fn cancels(
    connection: &mut Connection,
    (now, limit): &(Micros, usize),
) -> Result<Vec<(TaskId, Attempt)>> {
    let due = connection.choose(
        "task_id IN (SELECT task_id FROM tasks WHERE cancel_due_at <= $2 ORDER BY cancel_due_at LIMIT CAST($3 AS BIGINT))",
        "task_id = ANY(ARRAY(SELECT task_id FROM tasks WHERE cancel_due_at <= $2 ORDER BY cancel_due_at LIMIT CAST($3 AS BIGINT) \
         FOR UPDATE SKIP LOCKED))",
    );
    let claim = built(format!("UPDATE tasks SET cancel_due_at = $1 WHERE {due} RETURNING task_id, attempt"));
    let rows = claim.bind(now.plus_millis(CLAIM_MS)).bind(*now).bind(*limit).rows(connection).await?;
    rows.iter().map(|row| Ok((row.task_id()?, row.attempt("attempt")?))).collect()
}

async fn retry(
    connection: &mut Connection,
    (task_id, failed, decision): &(TaskId, Option<Attempt>, NewDecision),
) -> Result<Attempt> {
    const AGAIN: &str = "UPDATE tasks SET status = 'assigned', attempt = attempt + 1, agent_id = $1, updated_at = $2, \
                             dispatch_due_at = $2, dispatch_tries = 0, dispatch_error = NULL, completed_at = NULL, \
                             cancel_requested_at = NULL, cancel_due_at = NULL, error_code = NULL, error_message = NULL, \
                             max_attempts = CASE WHEN max_attempts > attempt THEN max_attempts ELSE attempt + 1 END \
                         WHERE task_id = $3 AND status IN ('failed', 'cancelled') AND attempt = COALESCE($4, attempt) \
                         RETURNING attempt";
    let again = sql(AGAIN).bind(&decision.agent_id).bind(decision.decided_at).bind(task_id).bind(*failed);
    let Some(row) = again.row(connection).await? else {
        let known =
            sql("SELECT 1 AS one FROM tasks WHERE task_id = $1").bind(task_id).row(connection).await?;
        return Err(known.map_or(Error::NotFound("task"), |_| Error::Conflict("the task")));
    };
    let attempt = row.attempt("attempt")?;
    append_decisions(connection, std::iter::once((task_id, attempt, decision))).await?;
    let event = NewEvent::new(task_id, attempt, TaskStatus::Assigned, decision.decided_at);
    append_events(connection, std::iter::once(event.detail(Some("asked for again")))).await?;
    Ok(attempt)
}

async fn hurry(connection: &mut Connection, (task_id, now): &(TaskId, Micros)) -> Result<bool> {
    const NOW: &str =
        "UPDATE tasks SET dispatch_due_at = $1 WHERE task_id = $2 AND dispatch_due_at IS NOT NULL";
    Ok(sql(NOW).bind(*now).bind(task_id).execute(connection).await? > 0)
}
