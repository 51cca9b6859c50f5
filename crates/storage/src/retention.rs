//! Cleaning up in small portions: each is one operation of the writer, so that others' writes go on in between.
//!
//! Nothing is deleted that has not ended, that waits to be settled or handed over, or that the learner reads: the log of experiences
//! stays whole, and so do the decisions that it refers to.

use task_model::{Attempt, Micros, TaskId};

use crate::sql::{BatchSql, Connection, Row, Type, built, sql};
use crate::{Prunable, PruneLine, Result, Storage};

impl Storage {
    /// Deletes up to `rows_max` rows (but at least one task) of one kind that were over before `line`, in one transaction, and says how
    /// many tasks, calls, sessions or names they were. 0: nothing is left.
    pub async fn prune(&self, what: Prunable, line: PruneLine, rows_max: usize) -> Result<usize> {
        match what {
            Prunable::Tasks => {
                if !self.anything_ended(line.before).await? {
                    return Ok(0);
                }
                self.write((line, rows_max), &[], |connection, args| Box::pin(tasks(connection, args))).await
            }
            other => {
                let args = (other, line, rows_max);
                self.write(args, &[], |connection, args| Box::pin(plain(connection, args))).await
            }
        }
    }

    /// How many of a kind [`Storage::prune`] would delete in all.
    pub async fn prunable(&self, what: Prunable, before: Micros) -> Result<i64> {
        let from = match what {
            Prunable::Tasks => format!("tasks t WHERE {OVER}"),
            other => format!("{} WHERE {}", table(other).0, condition(other)),
        };
        let count = built(format!("SELECT COUNT(*) AS found FROM {from}")).bind(before);
        count.row(&mut self.read().await?).await?.map_or(Ok(0), |row| row.int("found"))
    }

    /// A look that costs no commit.
    async fn anything_ended(&self, before: Micros) -> Result<bool> {
        let select = built(format!("SELECT 1 AS one FROM tasks t WHERE {OVER} LIMIT 1"));
        Ok(select.bind(before).row(&mut self.read().await?).await?.is_some())
    }
}

/// Ended, settled, told to everybody, and nothing of it goes on.
const OVER: &str = "t.completed_at < $1 AND t.status IN ('completed', 'failed', 'cancelled') \
    AND t.dispatch_due_at IS NULL AND t.cancel_due_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM run_events e WHERE e.task_id = t.task_id) \
    AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.task_id = t.task_id \
        AND (r.session_id IS NOT NULL OR r.status NOT IN ('completed', 'failed', 'cancelled')))";

/// Rows that a task has besides its steps, about.
const ROWS_OF_A_TASK: i64 = 8;

async fn tasks(connection: &mut Connection, (line, rows_max): &(PruneLine, usize)) -> Result<usize> {
    // Who retries or judges one of them meanwhile waits for this transaction, or this one passes it over.
    let lock = connection.choose("", "FOR UPDATE OF t SKIP LOCKED");
    let select = format!(
        "SELECT t.task_id, t.attempt, CAST((SELECT COALESCE(SUM(r.steps), 0) FROM runs r WHERE r.task_id = t.task_id) AS BIGINT) \
             AS steps FROM tasks t WHERE {OVER} ORDER BY t.completed_at LIMIT $2 {lock}"
    );
    let most = i64::try_from(*rows_max).unwrap_or(i64::MAX);
    let rows = built(select).bind(line.before).bind((most / ROWS_OF_A_TASK).max(1)).rows(connection).await?;
    let portion = portion(&rows, most)?;
    if portion.is_empty() {
        return Ok(0);
    }
    let ids = || portion.iter().map(|(id, _)| vec![id.into()]).collect();
    let at = line.at;
    REMEMBER.run(connection, portion.iter().map(|(id, _)| vec![id.into(), at.into()]).collect()).await?;
    for delete in [&STEPS, &RUNS, &FEEDBACK, &EVENTS, &DECISIONS, &TASKS] {
        delete.run(connection, ids()).await?;
    }
    Ok(portion.len())
}

/// As many tasks as have about `most` rows together, and at least one.
fn portion(rows: &[Row], most: i64) -> Result<Vec<(TaskId, Attempt)>> {
    let mut portion = Vec::with_capacity(rows.len());
    let mut sum = 0;
    for row in rows {
        sum += row.int("steps")? + ROWS_OF_A_TASK;
        if sum > most && !portion.is_empty() {
            break;
        }
        portion.push((row.task_id()?, row.attempt("attempt")?));
    }
    Ok(portion)
}

const IDS: &[(&str, Type)] = &[("task_id", Type::Text)];

/// The name, and the second name under which the request may come again: the task's, or that of a run that came by itself.
static REMEMBER: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("at", Type::Int)],
    "INSERT INTO pruned_tasks (task_id, idempotency_key, pruned_at) \
     SELECT rows.task_id, COALESCE(t.idempotency_key, (SELECT MIN(r.idempotency_key) FROM runs r \
         WHERE r.task_id = rows.task_id AND r.origin = 'direct')), rows.at \
     FROM {rows} JOIN tasks t ON t.task_id = rows.task_id WHERE TRUE ON CONFLICT DO NOTHING RETURNING task_id",
);

static STEPS: BatchSql =
    BatchSql::new(IDS, "DELETE FROM steps WHERE task_id IN (SELECT rows.task_id FROM {rows})");
static RUNS: BatchSql =
    BatchSql::new(IDS, "DELETE FROM runs WHERE task_id IN (SELECT rows.task_id FROM {rows})");
static FEEDBACK: BatchSql =
    BatchSql::new(IDS, "DELETE FROM feedback WHERE task_id IN (SELECT rows.task_id FROM {rows})");
static EVENTS: BatchSql =
    BatchSql::new(IDS, "DELETE FROM task_events WHERE task_id IN (SELECT rows.task_id FROM {rows})");
/// The log of experiences says through them what could have been chosen.
static DECISIONS: BatchSql = BatchSql::new(
    IDS,
    "DELETE FROM decisions WHERE task_id IN (SELECT rows.task_id FROM {rows}) AND NOT EXISTS \
         (SELECT 1 FROM experiences e WHERE e.task_id = decisions.task_id AND e.attempt = decisions.attempt)",
);
static TASKS: BatchSql =
    BatchSql::new(IDS, "DELETE FROM tasks WHERE task_id IN (SELECT rows.task_id FROM {rows})");

/// Table and key.
fn table(what: Prunable) -> (&'static str, &'static str) {
    match what {
        Prunable::Tasks => ("tasks", "task_id"),
        Prunable::ModelCalls => ("model_calls", "seq"),
        Prunable::Sessions => ("worker_sessions", "session_id"),
        Prunable::Names => ("pruned_tasks", "task_id"),
        Prunable::Redrives => ("redrives", "idempotency_key"),
    }
}

/// What is past its time.
fn condition(what: Prunable) -> &'static str {
    match what {
        Prunable::Tasks => OVER,
        Prunable::ModelCalls => "at < $1",
        Prunable::Sessions => {
            "closed_at < $1 AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.session_id = worker_sessions.session_id)"
        }
        // Under a name that the log of experiences knows, a second task would never be learned from.
        Prunable::Names => {
            "pruned_at < $1 AND NOT EXISTS (SELECT 1 FROM experiences e WHERE e.task_id = pruned_tasks.task_id) \
             AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.task_id = pruned_tasks.task_id)"
        }
        Prunable::Redrives => "created_at < $1",
    }
}

async fn plain(
    connection: &mut Connection,
    (what, line, rows_max): &(Prunable, PruneLine, usize),
) -> Result<usize> {
    let ((table, key), wanted) = (table(*what), condition(*what));
    let delete =
        format!("DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {wanted} LIMIT $2)");
    let deleted = built(delete).bind(line.before).bind(*rows_max).execute(connection).await?;
    Ok(usize::try_from(deleted).unwrap_or(usize::MAX))
}

/// Whether a task of this id or key was there and was cleaned up.
pub(crate) async fn was_pruned(
    connection: &mut Connection,
    task_id: &TaskId,
    key: Option<&str>,
) -> Result<bool> {
    let by_id = sql("SELECT 1 AS one FROM pruned_tasks WHERE task_id = $1").bind(task_id);
    if by_id.row(connection).await?.is_some() {
        return Ok(true);
    }
    let Some(key) = key else { return Ok(false) };
    let by_key = sql("SELECT 1 AS one FROM pruned_tasks WHERE idempotency_key = $1").bind(key);
    Ok(by_key.row(connection).await?.is_some())
}
