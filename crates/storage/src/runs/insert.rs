//! Inserting runs: the same request twice is one run.

use std::collections::HashSet;

use task_model::RunStatus;

use super::columns::{RUN, record, tell};
use crate::blobs::{self, Placed};
use crate::retention::was_pruned;
use crate::sql::{BatchSql, Connection, Type, Value, built, sql};
use crate::writer::group::{Manner, Run};
use crate::{Error, Inserted, NewRun, Result, RunOrigin, Signal, Storage};

impl Storage {
    /// Inserts a run that waits for a worker, unless it is there already. [`Inserted::Conflict`] too when its task has ended or
    /// moved on to a later attempt while the run was on its way here.
    pub async fn run_insert(&self, run: NewRun) -> Result<Inserted> {
        self.desk().lanes.run_insert.call(run, &self.desk().arrived).await
    }
}

pub(crate) const MANNER: Manner<NewRun, Inserted> = Manner {
    run: Run::Batched(|connection, runs| Box::pin(insert(connection, runs))),
    signals: &[Signal::RunQueued, Signal::TaskChanged, Signal::RunFinished],
    appends_to_log: false,
};

static INSERT: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("origin", Type::Text),
        ("idempotency_key", Type::Text),
        ("content_hash", Type::Text),
        ("agent_id", Type::Text),
        ("agent_revision", Type::Int),
        ("task", Type::Text),
        ("context_json", Type::Text),
        ("context_blob", Type::Text),
        ("priority", Type::Int),
        ("timeout_ms", Type::Int),
        ("max_cost_micro", Type::Int),
        ("deadline_at", Type::Int),
        ("tenant", Type::Text),
        ("created_at", Type::Int),
        ("status", Type::Text),
    ],
    "INSERT INTO runs (task_id, attempt, origin, idempotency_key, content_hash, agent_id, agent_revision, task, \
         context_json, context_blob, priority, timeout_ms, max_cost_micro, deadline_at, tenant, status, due_at, created_at) \
     SELECT task_id, attempt, origin, idempotency_key, content_hash, agent_id, agent_revision, task, context_json, \
         context_blob, priority, timeout_ms, max_cost_micro, deadline_at, tenant, status, created_at, created_at \
     FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING RETURNING task_id, attempt",
);

pub(super) async fn insert(connection: &mut Connection, runs: &[&NewRun]) -> Result<Vec<Result<Inserted>>> {
    let first = without_repeats(runs);
    let Standing { over, paused } = standing(connection, &first).await?;
    let mut allowed = Vec::with_capacity(runs.len());
    for run in first {
        let fits = match run.origin {
            RunOrigin::Orchestrator => !over.contains(run.task_id.as_str()),
            RunOrigin::Direct => !has_task(connection, run).await?,
        };
        if fits {
            allowed.push(run);
        }
    }
    let placed: Vec<Placed<'_>> =
        allowed.iter().map(|run| Placed::new(Some(&run.context_json), run.created_at)).collect();
    blobs::keep(connection, placed.iter()).await?;
    let rows = allowed
        .into_iter()
        .zip(&placed)
        .map(|(run, placed)| values(run, placed, paused.contains(run.task_id.as_str())));
    let inserted = INSERT.run(connection, rows.collect()).await?;
    let mut inserted: HashSet<(String, i64)> =
        inserted.iter().map(|row| Ok((row.text("task_id")?, row.int("attempt")?))).collect::<Result<_>>()?;
    let mut answers = Vec::with_capacity(runs.len());
    let mut direct = Vec::new();
    for run in runs {
        if inserted.remove(&(run.task_id.as_str().to_owned(), run.attempt.0)) {
            direct.extend((run.origin == RunOrigin::Direct).then_some(*run));
            answers.push(Ok(Inserted::New));
        } else {
            answers.push(Ok(existing(connection, run).await?));
        }
    }
    tell(connection, "created", direct.iter().map(|run| (&run.task_id, run.attempt, run.created_at))).await?;
    Ok(answers)
}

/// The first of each id and each key, by id so that two processes lock in the same order.
fn without_repeats<'a>(runs: &[&'a NewRun]) -> Vec<&'a NewRun> {
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    let mut first: Vec<&NewRun> = Vec::with_capacity(runs.len());
    for run in runs.iter().copied() {
        let is_new = ids.insert((&run.task_id, run.attempt));
        if is_new && run.idempotency_key.as_ref().is_none_or(|key| keys.insert(key)) {
            first.push(run);
        }
    }
    first.sort_by_key(|run| (&run.task_id, run.attempt));
    first
}

static TASKS: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("attempt", Type::Int)],
    "SELECT tasks.task_id, tasks.attempt > rows.attempt OR tasks.status IN ('completed', 'failed', 'cancelled') AS over, \
         tasks.status = 'paused' AS paused \
     FROM {rows} JOIN tasks ON tasks.task_id = rows.task_id {hold tasks}",
);

/// How the orchestrator's tasks stand.
#[derive(Default)]
struct Standing {
    /// They need these attempts no more.
    over: HashSet<String>,
    /// They were paused while their runs were on the way here.
    paused: HashSet<String>,
}

/// None of the tasks can be stopped or paused before this transaction ends, and from then on whoever does sees their runs.
async fn standing(connection: &mut Connection, runs: &[&NewRun]) -> Result<Standing> {
    let sent = runs.iter().filter(|run| run.origin == RunOrigin::Orchestrator);
    let rows = sent.map(|run| vec![(&run.task_id).into(), run.attempt.into()]).collect();
    let mut standing = Standing::default();
    for row in TASKS.run(connection, rows).await? {
        if row.get("over")? {
            standing.over.insert(row.text("task_id")?);
        }
        if row.get("paused")? {
            standing.paused.insert(row.text("task_id")?);
        }
    }
    Ok(standing)
}

/// A task of the orchestrator has its runs from there; a direct one under its id would be another task. So would one under the id or
/// key of a task that was deleted.
async fn has_task(connection: &mut Connection, run: &NewRun) -> Result<bool> {
    let select = sql("SELECT 1 AS one FROM tasks WHERE task_id = $1").bind(&run.task_id);
    let is_there = select.row(connection).await?.is_some();
    Ok(is_there || was_pruned(connection, &run.task_id, run.idempotency_key.as_deref()).await?)
}

fn values<'a>(run: &'a NewRun, placed: &'a Placed<'a>, paused: bool) -> Vec<Value<'a>> {
    let status = if paused { RunStatus::PAUSED } else { RunStatus::QUEUED };
    vec![
        (&run.task_id).into(),
        run.attempt.into(),
        run.origin.as_str().into(),
        run.idempotency_key.as_ref().into(),
        (&run.content_hash).into(),
        (&run.agent_id).into(),
        run.agent_revision.into(),
        (&run.task).into(),
        placed.inline_or_blank(),
        placed.blob(),
        run.priority.into(),
        run.timeout_ms.into(),
        run.max_cost.into(),
        run.deadline_at.into(),
        (&run.tenant).into(),
        run.created_at.into(),
        status.as_str().into(),
    ]
}

async fn existing(connection: &mut Connection, run: &NewRun) -> Result<Inserted> {
    let by_id = built(format!("SELECT {RUN} FROM runs r WHERE r.task_id = $1 AND r.attempt = $2"));
    let mut row = by_id.bind(&run.task_id).bind(run.attempt).row(connection).await?;
    if let (None, Some(key)) = (&row, &run.idempotency_key) {
        let by_key = built(format!("SELECT {RUN} FROM runs r WHERE r.idempotency_key = $1"));
        row = by_key.bind(key).row(connection).await?;
    }
    let Some(row) = row else {
        let refused = has_task(connection, run).await?;
        return if refused { Ok(Inserted::Conflict) } else { Err(Error::Conflict("the run")) };
    };
    let known = record(&row)?;
    let same = known.run.content_hash == run.content_hash;
    Ok(if same { Inserted::Existing(Box::new(known)) } else { Inserted::Conflict })
}
