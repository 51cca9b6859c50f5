//! Pausing a task that nobody has yet: it leaves the outbox until it may go on. Once it has a run, the run is what is paused.

use task_model::{Attempt, Micros, TaskId, TaskStatus};

use super::history::{NewEvent, append_events};
use crate::sql::{Connection, built, sql};
use crate::{Error, Held, Result, Signal, Storage};

impl Storage {
    /// Keeps a task from being handed over. One whose hand-over is under way is paused where it arrives.
    pub async fn task_pause(&self, task_id: &TaskId, at: Micros) -> Result<Held> {
        let args = (task_id.clone(), at);
        self.write(args, &[Signal::TaskChanged], |connection, args| Box::pin(pause(connection, args))).await
    }

    /// Puts a paused task back into the outbox: due now, or when it was to begin.
    pub async fn task_resume(&self, task_id: &TaskId, at: Micros) -> Result<Held> {
        let args = (task_id.clone(), at);
        let signals = &[Signal::TaskChanged, Signal::DispatchDue];
        self.write(args, signals, |connection, args| Box::pin(resume(connection, args))).await
    }
}

async fn pause(connection: &mut Connection, args: &(TaskId, Micros)) -> Result<Held> {
    let wait = "status = 'paused', dispatch_due_at = NULL";
    change(connection, args, TaskStatus::Assigned, wait, TaskStatus::Paused).await
}

async fn resume(connection: &mut Connection, args: &(TaskId, Micros)) -> Result<Held> {
    let due = "status = 'assigned', dispatch_due_at = CASE WHEN start_at > $1 THEN start_at ELSE $1 END";
    change(connection, args, TaskStatus::Paused, due, TaskStatus::Assigned).await
}

/// Changes a task that has no run yet.
async fn change(
    connection: &mut Connection,
    (task_id, at): &(TaskId, Micros),
    from: TaskStatus,
    change: &str,
    to: TaskStatus,
) -> Result<Held> {
    lock(connection, task_id).await?;
    let update = format!(
        "UPDATE tasks SET {change}, updated_at = $1 WHERE task_id = $2 AND status = $3 AND NOT EXISTS \
             (SELECT 1 FROM runs WHERE runs.task_id = tasks.task_id AND runs.attempt = tasks.attempt) \
         RETURNING attempt"
    );
    let row = built(update).bind(*at).bind(task_id).bind(from.as_str()).row(connection).await?;
    moved(connection, task_id, row.map(|row| row.attempt("attempt")).transpose()?, to, *at).await
}

/// Whoever inserts a run holds its task's row until its commit: after this a run that was on its way is seen, or will see this.
async fn lock(connection: &mut Connection, task_id: &TaskId) -> Result<()> {
    const LOCK: &str = "SELECT attempt FROM tasks WHERE task_id = $1 FOR UPDATE";
    const NO_LOCK: &str = "SELECT attempt FROM tasks WHERE task_id = $1";
    sql(connection.choose(NO_LOCK, LOCK)).bind(task_id).row(connection).await.map(drop)
}

async fn moved(
    connection: &mut Connection,
    task_id: &TaskId,
    attempt: Option<Attempt>,
    to: TaskStatus,
    at: Micros,
) -> Result<Held> {
    if let Some(attempt) = attempt {
        append_events(connection, std::iter::once(NewEvent::new(task_id, attempt, to, at))).await?;
        return Ok(Held::Done);
    }
    const NOW: &str = "SELECT status, EXISTS (SELECT 1 FROM runs WHERE runs.task_id = tasks.task_id \
                           AND runs.attempt = tasks.attempt) AS has_run FROM tasks WHERE task_id = $1";
    let row = sql(NOW).bind(task_id).row(connection).await?.ok_or(Error::NotFound("task"))?;
    let status = row.word("status", TaskStatus::parse)?;
    let has_run: bool = row.get("has_run")?;
    Ok(if has_run && !status.is_terminal() { Held::HasRun } else { Held::Is(status) })
}
