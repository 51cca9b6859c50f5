//! Assigning: a task, its decision and the first line of its history, in one commit with whatever else waits.

use std::collections::HashSet;

use task_model::{Attempt, TaskId, TaskStatus};

use super::columns::{DECISION, decision};
use super::history::{NewEvent, append_events};
use crate::retention::was_pruned;
use crate::sql::{BatchSql, Connection, Type, built};
use crate::writer::group::{Manner, Run};
use crate::{Assigned, Assignment, Error, NewDecision, Result, Signal, Storage, StoredAnswer};

impl Storage {
    /// Stores a task with the decision for its first attempt, due for dispatch at once; one commit.
    pub async fn task_assign(&self, assignment: Assignment) -> Result<Assigned> {
        self.desk().lanes.assign.call(assignment, &self.desk().arrived).await
    }

    /// Stores many, one answer for each, in order. They share a commit as far as one batch goes.
    pub async fn task_assign_many(&self, assignments: Vec<Assignment>) -> Result<Vec<Assigned>> {
        self.desk().lanes.assign.call_many(assignments, &self.desk().arrived).await
    }

    /// What an equal request was answered with, by id or else by key, before anything is decided.
    /// [`Assigned::New`] means: not known.
    pub async fn task_replay(
        &self,
        task_id: &TaskId,
        idempotency_key: Option<&str>,
        content_hash: &str,
    ) -> Result<Assigned> {
        stored(&mut self.read().await?, task_id, idempotency_key, content_hash).await
    }
}

pub(crate) const MANNER: Manner<Assignment, Assigned> = Manner {
    run: Run::Batched(|connection, assignments| Box::pin(assign(connection, assignments))),
    signals: &[Signal::DispatchDue, Signal::TaskChanged],
    appends_to_log: false,
};

async fn assign(connection: &mut Connection, assignments: &[&Assignment]) -> Result<Vec<Result<Assigned>>> {
    let fresh = insert(connection, assignments, Place::OUTBOX).await?;
    let mut answers = Vec::with_capacity(assignments.len());
    for (place, Assignment { task, .. }) in assignments.iter().enumerate() {
        let known = if fresh.contains(&place) {
            Assigned::New
        } else {
            match stored(connection, &task.task_id, task.idempotency_key.as_deref(), &task.content_hash)
                .await?
            {
                // Neither inserted nor found: another process wrote it and took it back.
                Assigned::New => return Err(Error::Conflict("the task")),
                known => known,
            }
        };
        answers.push(Ok(known));
    }
    Ok(answers)
}

/// Writes one task into the outbox; false when its id is taken.
pub(crate) async fn assign_one(connection: &mut Connection, assignment: &Assignment) -> Result<bool> {
    Ok(!insert(connection, &[assignment], Place::OUTBOX).await?.is_empty())
}

/// Where a new task begins its life.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) status: TaskStatus,
    pub(super) attempt: Attempt,
    pub(super) dispatched: bool,
}

impl Place {
    /// In the outbox.
    const OUTBOX: Self = Self { status: TaskStatus::Assigned, attempt: Attempt::FIRST, dispatched: false };
}

/// Writes those that are new, and says which of them were.
pub(super) async fn insert(
    connection: &mut Connection,
    assignments: &[&Assignment],
    place: Place,
) -> Result<HashSet<usize>> {
    let candidates = without_repeats(assignments);
    let rows = candidates.iter().map(|i| task_row(assignments[*i], place)).collect();
    let inserted = TASKS.run(connection, rows).await?;
    let ids: HashSet<String> = inserted.iter().map(|row| row.text("task_id")).collect::<Result<_>>()?;
    let fresh: Vec<usize> =
        candidates.into_iter().filter(|i| ids.contains(assignments[*i].task.task_id.as_str())).collect();
    let decided =
        fresh.iter().map(|i| &assignments[*i]).map(|a| (&a.task.task_id, place.attempt, &a.decision));
    append_decisions(connection, decided).await?;
    let events = fresh.iter().map(|i| &assignments[*i].task);
    let events =
        events.map(|task| NewEvent::new(&task.task_id, place.attempt, place.status, task.created_at));
    append_events(connection, events).await?;
    Ok(fresh.into_iter().collect())
}

/// The first of each id and each key, by id so that two processes lock in the same order.
fn without_repeats(assignments: &[&Assignment]) -> Vec<usize> {
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    let mut first: Vec<usize> = (0..assignments.len())
        .filter(|i| {
            let task = &assignments[*i].task;
            ids.insert(&task.task_id) && task.idempotency_key.as_ref().is_none_or(|key| keys.insert(key))
        })
        .collect();
    first.sort_by_key(|i| &assignments[*i].task.task_id);
    first
}

static TASKS: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("idempotency_key", Type::Text),
        ("content_hash", Type::Text),
        ("description", Type::Text),
        ("priority", Type::Int),
        ("metadata_json", Type::Text),
        ("agent_pin", Type::Text),
        ("force_execute", Type::Bool),
        ("max_attempts", Type::Int),
        ("max_cost_micro", Type::Int),
        ("deadline_at", Type::Int),
        ("tenant", Type::Text),
        ("start_at", Type::Int),
        ("status", Type::Text),
        ("attempt", Type::Int),
        ("agent_id", Type::Text),
        ("created_at", Type::Int),
        ("due_at", Type::Int),
    ],
    "INSERT INTO tasks (task_id, idempotency_key, content_hash, description, priority, metadata_json, agent_pin, \
         force_execute, max_attempts, max_cost_micro, deadline_at, tenant, start_at, status, attempt, agent_id, created_at, updated_at, \
         dispatch_due_at) \
     SELECT task_id, idempotency_key, content_hash, description, priority, metadata_json, agent_pin, force_execute, \
         max_attempts, max_cost_micro, deadline_at, tenant, start_at, status, attempt, agent_id, created_at, created_at, due_at \
     FROM {rows} WHERE NOT EXISTS (SELECT 1 FROM pruned_tasks p WHERE p.task_id = rows.task_id) \
         AND NOT EXISTS (SELECT 1 FROM pruned_tasks p WHERE p.idempotency_key = rows.idempotency_key) \
     ON CONFLICT DO NOTHING RETURNING task_id",
);

fn task_row(Assignment { task, decision }: &Assignment, place: Place) -> Vec<crate::sql::Value<'_>> {
    vec![
        (&task.task_id).into(),
        task.idempotency_key.as_ref().into(),
        (&task.content_hash).into(),
        (&task.description).into(),
        task.priority.into(),
        (&task.metadata_json).into(),
        task.agent_pin.as_ref().into(),
        task.force_execute.into(),
        task.max_attempts.into(),
        task.max_cost.into(),
        task.deadline_at.into(),
        (&task.tenant).into(),
        task.start_at.into(),
        place.status.as_str().into(),
        place.attempt.into(),
        (&decision.agent_id).into(),
        task.created_at.into(),
        (!place.dispatched).then(|| task.start_at.unwrap_or(task.created_at)).into(),
    ]
}

static DECISIONS: BatchSql = BatchSql::new(
    &[
        ("decision_id", Type::Text),
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("agent_id", Type::Text),
        ("confidence", Type::Real),
        ("propensity", Type::Real),
        ("reason", Type::Text),
        ("candidates_json", Type::Text),
        ("warnings_json", Type::Text),
        ("context", Type::Bytes),
        ("policy_version", Type::Int),
        ("learnable", Type::Bool),
        ("decided_at", Type::Int),
    ],
    "INSERT INTO decisions (decision_id, task_id, attempt, agent_id, confidence, propensity, reason, candidates_json, \
         warnings_json, context, policy_version, learnable, decided_at) \
     SELECT decision_id, task_id, attempt, agent_id, confidence, propensity, reason, candidates_json, \
         warnings_json, context, policy_version, learnable, decided_at FROM {rows}",
);

/// Appends decisions to the log of decisions.
pub(crate) async fn append_decisions<'a>(
    connection: &mut Connection,
    decisions: impl Iterator<Item = (&'a TaskId, Attempt, &'a NewDecision)>,
) -> Result<()> {
    let row = |(task_id, attempt, decision): (&'a TaskId, Attempt, &'a NewDecision)| {
        vec![
            (&decision.decision_id).into(),
            task_id.into(),
            attempt.into(),
            (&decision.agent_id).into(),
            decision.confidence.into(),
            decision.propensity.into(),
            (&decision.reason).into(),
            (&decision.candidates_json).into(),
            (&decision.warnings_json).into(),
            (&decision.context).into(),
            decision.policy_version.into(),
            decision.learnable.into(),
            decision.decided_at.into(),
        ]
    };
    DECISIONS.run(connection, decisions.map(row).collect()).await.map(drop)
}

/// What is stored under an id, or else under a key.
pub(crate) async fn stored(
    connection: &mut Connection,
    task_id: &TaskId,
    key: Option<&str>,
    content_hash: &str,
) -> Result<Assigned> {
    let select = |column| {
        built(format!(
            "SELECT t.task_id, t.content_hash, t.status, t.created_at, {DECISION} \
             FROM tasks t JOIN decisions d ON d.task_id = t.task_id AND d.attempt = 1 WHERE t.{column} = $1"
        ))
    };
    let mut row = select("task_id").bind(task_id).row(connection).await?;
    if let (None, Some(key)) = (&row, key) {
        row = select("idempotency_key").bind(key).row(connection).await?;
    }
    let Some(row) = row else {
        let pruned = was_pruned(connection, task_id, key).await?;
        return Ok(if pruned { Assigned::Pruned } else { Assigned::New });
    };
    if row.text("content_hash")? != content_hash {
        return Ok(Assigned::Conflict);
    }
    Ok(Assigned::Replay(Box::new(StoredAnswer {
        task_id: row.task_id()?,
        status: row.word("status", TaskStatus::parse)?,
        created_at: row.micros("created_at")?,
        decision: decision(&row)?,
    })))
}
