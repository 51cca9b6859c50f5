//! The outbox: handing tasks to the execution API, by one dispatcher at a time.

use std::collections::HashSet;

use task_model::{Attempt, MicroUsd, Micros, TaskId, TaskStatus};

use super::columns::{TASK, new_task, without_alias};
use super::history::{NewEvent, append_events};
use crate::sql::{BatchSql, Connection, Row, Type, built, sql};
use crate::writer::group::{Manner, Run};
use crate::{DispatchItem, Result, Settle, Settled, Signal, Storage, TaskError, settle};

/// How long a claimed row stays invisible to other dispatchers: longer than a hand-over may take.
pub(super) const CLAIM_MS: i64 = 10_000;

impl Storage {
    /// Claims up to `limit` outbox rows that are due. Each is invisible to other dispatchers for ten seconds, then due again.
    pub async fn task_dispatch_due(&self, now: Micros, limit: usize) -> Result<Vec<DispatchItem>> {
        if !self.anything_due(now).await? {
            return Ok(Vec::new());
        }
        self.write((now, limit), &[], |connection, args| Box::pin(claim(connection, args))).await
    }

    /// A look that costs no commit.
    async fn anything_due(&self, now: Micros) -> Result<bool> {
        const SELECT: &str = "SELECT 1 AS one FROM tasks WHERE dispatch_due_at <= $1 LIMIT 1";
        Ok(sql(SELECT).bind(now).row(&mut self.read().await?).await?.is_some())
    }

    /// The execution API has the attempt. False when the task was cancelled or moved on meanwhile: then the run must
    /// be cancelled there.
    pub async fn task_dispatched(&self, task_id: &TaskId, attempt: Attempt, at: Micros) -> Result<bool> {
        self.desk().lanes.dispatched.call((task_id.clone(), attempt, at), &self.desk().arrived).await
    }

    /// Nobody took it: try again at `due_at`.
    pub async fn task_dispatch_postpone(
        &self,
        task_id: &TaskId,
        attempt: Attempt,
        due_at: Micros,
        error: &str,
    ) -> Result<()> {
        let args = (task_id.clone(), attempt, due_at, error.to_owned());
        self.write(args, &[], |connection, args| Box::pin(postpone(connection, args))).await
    }

    /// It can never be handed over: the task fails with this error, without reward.
    pub async fn task_dispatch_dead(
        &self,
        task_id: &TaskId,
        attempt: Attempt,
        error: TaskError,
        at: Micros,
    ) -> Result<Settled> {
        let dead = Settle {
            task_id: task_id.clone(),
            attempt,
            status: TaskStatus::Failed,
            error: Some(error),
            reward: None,
            reward_version: 0,
            experience: None,
            completed_at: at,
        };
        self.write(dead, &[Signal::TaskChanged], |connection, dead| {
            Box::pin(settle::end::end_anyway(connection, dead))
        })
        .await
    }
}

async fn claim(connection: &mut Connection, (now, limit): &(Micros, usize)) -> Result<Vec<DispatchItem>> {
    // PostgreSQL may run a plain subquery with SKIP LOCKED more than once; an array is made once.
    let due = connection.choose(
        "task_id IN (SELECT task_id FROM tasks WHERE dispatch_due_at <= $2 ORDER BY dispatch_due_at LIMIT CAST($3 AS BIGINT))",
        "task_id = ANY(ARRAY(SELECT task_id FROM tasks WHERE dispatch_due_at <= $2 ORDER BY dispatch_due_at LIMIT CAST($3 AS BIGINT) \
         FOR UPDATE SKIP LOCKED))",
    );
    let update = built(format!(
        "UPDATE tasks SET dispatch_due_at = $1, dispatch_tries = dispatch_tries + 1 WHERE {due} \
         RETURNING {}, attempt, agent_id, dispatch_tries",
        without_alias(TASK, "t.")
    ));
    let rows = update.bind(now.plus_millis(CLAIM_MS)).bind(*now).bind(*limit).rows(connection).await?;
    let mut items = rows.iter().map(item).collect::<Result<Vec<_>>>()?;
    items.sort_by_key(|item| (std::cmp::Reverse(item.task.priority), item.task.created_at));
    add_spent(connection, &mut items).await?;
    Ok(items)
}

/// Not the attempt itself: handed over twice it must be the same request.
pub(crate) static SPENT: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("attempt", Type::Int)],
    "SELECT r.task_id, CAST(SUM(r.cost_micro) AS BIGINT) AS cost_micro FROM {rows} \
     JOIN runs r ON r.task_id = rows.task_id AND r.attempt < rows.attempt GROUP BY r.task_id",
);

/// Adds what the earlier attempts of a bounded task have cost: the next one may spend only the rest.
async fn add_spent(connection: &mut Connection, items: &mut [DispatchItem]) -> Result<()> {
    let again = items.iter().filter(|item| item.attempt > Attempt::FIRST && item.task.max_cost.is_some());
    let ids = again.map(|item| vec![(&item.task.task_id).into(), item.attempt.into()]).collect();
    for row in SPENT.run(connection, ids).await? {
        let (task_id, spent) = (row.task_id()?, row.money("cost_micro")?);
        items.iter_mut().filter(|item| item.task.task_id == task_id).for_each(|item| item.spent = spent);
    }
    Ok(())
}

fn item(row: &Row) -> Result<DispatchItem> {
    Ok(DispatchItem {
        task: new_task(row)?,
        attempt: row.attempt("attempt")?,
        agent_id: row.agent_id("agent_id")?,
        tries: row.int("dispatch_tries")?,
        spent: MicroUsd::ZERO,
    })
}

async fn postpone(connection: &mut Connection, args: &(TaskId, Attempt, Micros, String)) -> Result<()> {
    const UPDATE: &str = "UPDATE tasks SET dispatch_due_at = $1, dispatch_error = $2 \
                          WHERE task_id = $3 AND attempt = $4 AND dispatch_due_at IS NOT NULL";
    let (task_id, attempt, due_at, error) = args;
    sql(UPDATE).bind(*due_at).bind(error).bind(task_id).bind(*attempt).execute(connection).await.map(drop)
}

type HandedOver = (TaskId, Attempt, Micros);

pub(crate) const DISPATCHED: Manner<HandedOver, bool> = Manner {
    run: Run::Batched(|connection, calls| Box::pin(dispatched(connection, calls))),
    signals: &[Signal::TaskChanged],
    appends_to_log: false,
};

pub(crate) static QUEUED: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("attempt", Type::Int), ("at", Type::Int)],
    // COALESCE keeps SQLite from looking the status up in its index, which reads the whole backlog.
    "UPDATE tasks SET status = 'queued', dispatch_due_at = NULL, dispatch_error = NULL, updated_at = rows.at \
     FROM {rows} WHERE tasks.task_id = rows.task_id AND tasks.attempt = rows.attempt \
         AND COALESCE(tasks.status, '') IN ('assigned', 'paused') \
     RETURNING tasks.task_id",
);

async fn dispatched(connection: &mut Connection, calls: &[&HandedOver]) -> Result<Vec<Result<bool>>> {
    let rows =
        calls.iter().map(|(id, attempt, at)| vec![id.into(), (*attempt).into(), (*at).into()]).collect();
    let moved = QUEUED.run(connection, rows).await?;
    let mut moved: HashSet<String> = moved.iter().map(|row| row.text("task_id")).collect::<Result<_>>()?;
    let mut answers = Vec::with_capacity(calls.len());
    let mut events = Vec::new();
    for (id, attempt, at) in calls {
        if moved.remove(id.as_str()) {
            events.push(NewEvent::new(id, *attempt, TaskStatus::Queued, *at));
            answers.push(Ok(true));
        } else {
            answers.push(Ok(queued_before(connection, id, *attempt).await?));
        }
    }
    append_events(connection, events.into_iter()).await?;
    Ok(answers)
}

async fn queued_before(connection: &mut Connection, task_id: &TaskId, attempt: Attempt) -> Result<bool> {
    const SELECT: &str =
        "SELECT 1 AS one FROM tasks WHERE task_id = $1 AND attempt = $2 AND status = 'queued'";
    Ok(sql(SELECT).bind(task_id).bind(attempt).row(connection).await?.is_some())
}
