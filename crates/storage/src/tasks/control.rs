//! What a person may do to a task: stop it, try it again, hurry it.

use task_model::{Attempt, FailureCode, Micros, TaskId, TaskStatus};

use super::assign::append_decisions;
use super::history::{NewEvent, append_events};
use crate::sql::{Connection, sql};
use crate::{Cancel, Error, NewDecision, Result, Signal, Storage};

impl Storage {
    /// Stops a task, or notes that its run must be stopped.
    pub async fn task_cancel_request(&self, task_id: &TaskId, at: Micros) -> Result<Cancel> {
        let args = (task_id.clone(), at);
        self.write(args, &[Signal::TaskChanged], |connection, args| Box::pin(cancel(connection, args))).await
    }

    /// A person wants one more attempt of a task that failed or was cancelled. Any other status is [`Error::Conflict`].
    pub async fn task_retry(&self, task_id: &TaskId, decision: NewDecision) -> Result<Attempt> {
        let signals = &[Signal::DispatchDue, Signal::TaskChanged];
        let args = (task_id.clone(), decision);
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
                            updated_at = $1, dispatch_due_at = NULL, error_code = $2, error_message = $3 \
                        WHERE task_id = $4 AND status = 'assigned' AND NOT EXISTS \
                            (SELECT 1 FROM runs WHERE runs.task_id = tasks.task_id AND runs.attempt = tasks.attempt) \
                        RETURNING attempt";
    let done =
        sql(DONE).bind(*at).bind(FailureCode::CANCELLED).bind("cancelled before it began").bind(task_id);
    if let Some(row) = done.row(connection).await? {
        let event = NewEvent::new(task_id, row.attempt("attempt")?, TaskStatus::Cancelled, *at);
        append_events(connection, std::iter::once(event)).await?;
        return Ok(Cancel::Done);
    }
    const ASKED: &str = "UPDATE tasks SET cancel_requested_at = COALESCE(cancel_requested_at, $1), updated_at = $1 \
                         WHERE task_id = $2 AND status NOT IN ('completed', 'failed', 'cancelled') RETURNING attempt";
    if let Some(row) = sql(ASKED).bind(*at).bind(task_id).row(connection).await? {
        return Ok(Cancel::Requested(row.attempt("attempt")?));
    }
    let row = sql("SELECT status FROM tasks WHERE task_id = $1").bind(task_id).row(connection).await?;
    Ok(Cancel::Ended(row.ok_or(Error::NotFound("task"))?.word("status", TaskStatus::parse)?))
}

async fn retry(connection: &mut Connection, (task_id, decision): &(TaskId, NewDecision)) -> Result<Attempt> {
    const AGAIN: &str = "UPDATE tasks SET status = 'assigned', attempt = attempt + 1, agent_id = $1, updated_at = $2, \
                             dispatch_due_at = $2, dispatch_tries = 0, dispatch_error = NULL, completed_at = NULL, \
                             cancel_requested_at = NULL, error_code = NULL, error_message = NULL, \
                             max_attempts = CASE WHEN max_attempts > attempt THEN max_attempts ELSE attempt + 1 END \
                         WHERE task_id = $3 AND status IN ('failed', 'cancelled') RETURNING attempt";
    let again = sql(AGAIN).bind(&decision.agent_id).bind(decision.decided_at).bind(task_id);
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
