//! A task becomes an assignment: decided, durable, answered. The way every request takes, so no lock and no read before the write.

pub(crate) mod answer;
pub(crate) mod batch;
mod order;
pub(crate) mod trace;

use std::time::Instant;

use storage::{Assigned, Assignment, NewTask, StoredAnswer};
use task_model::Micros;

pub use answer::Answer;
pub use order::{Order, Start};

use super::decide::{Question, decide, terms};
use super::{Error, State};

/// Assigns one task; answers only when task and decision are durable.
pub(crate) async fn assign(state: &State, order: Order, now: Micros) -> Result<Answer, Error> {
    let begun = Instant::now();
    let dry_run = order.dry_run;
    let prepared = match prepare(state, &order, now) {
        Ok(decision) => {
            if let Some(known) = charged(state, &order).await? {
                return Ok(known);
            }
            Prepared::new(state, order, decision, now)
        }
        Err(refusal) if dry_run => return Err(refusal),
        Err(refusal) => return replay_or(state, order, refusal).await,
    };
    if dry_run {
        return Ok(prepared.answer);
    }
    let stored = state.storage.task_assign(prepared.assignment).await?;
    service_kit::crash_point("orchestrator.assigned");
    metrics::histogram!("orchestrator_assign_seconds").record(begun.elapsed());
    settle_on(state, stored, prepared.answer, prepared.keyed)
}

/// Charges the tenant for a task, where there is a limit. A repetition is not charged but answered as before, which only tenants with a
/// limit pay a read for.
async fn charged(state: &State, order: &Order) -> Result<Option<Answer>, Error> {
    if order.dry_run || !state.tenant_rates.limits(&order.tenant) {
        return Ok(None);
    }
    let key = order.idempotency_key.as_deref();
    match state.storage.task_replay(&order.task_id, key, &order.content_hash()).await? {
        Assigned::New => state.tenant_rates.take(&order.tenant).map(|()| None).map_err(Error::TenantLimited),
        Assigned::Replay(stored) => Ok(Some(replay(state, &stored))),
        Assigned::Conflict => Err(Error::differs(order.task_id.clone(), order.idempotency_key.is_some())),
        Assigned::Pruned => Err(Error::TaskPruned(order.task_id.clone())),
    }
}

/// An order decided, and not yet written.
pub(crate) fn decided(state: &State, order: Order, now: Micros) -> Result<Assignment, Error> {
    let decision = prepare(state, &order, now)?;
    Ok(Prepared::new(state, order, decision, now).assignment)
}

/// As [`assign`], but `write` makes the assignment durable, together with something else.
pub(crate) async fn assign_with(
    state: &State,
    order: Order,
    now: Micros,
    write: impl AsyncFnOnce(Assignment) -> storage::Result<Assigned>,
) -> Result<Answer, Error> {
    let decision = match prepare(state, &order, now) {
        Ok(decision) => decision,
        Err(refusal) => return replay_or(state, order, refusal).await,
    };
    let prepared = Prepared::new(state, order, decision, now);
    settle_on(state, write(prepared.assignment).await?, prepared.answer, prepared.keyed)
}

/// An assignment ready to be written, and its answer ready to be sent.
struct Prepared {
    assignment: Assignment,
    answer: Answer,
    /// Whether the caller named a key: then a conflict may be the key's.
    keyed: Named,
}

/// What a conflict can be about.
struct Named {
    task_id: task_model::TaskId,
    key: bool,
}

impl Prepared {
    fn new(state: &State, order: Order, decision: storage::NewDecision, now: Micros) -> Self {
        let status = if order.dry_run { "dry_run" } else { "assigned" };
        let body = answer::render(&order.task_id, &decision, status, &decision.reason, &state.execution_url);
        let keyed = Named { task_id: order.task_id.clone(), key: order.idempotency_key.is_some() };
        let task = new_task(state, order, now);
        Self { assignment: Assignment { task, decision }, answer: Answer { body, replayed: false }, keyed }
    }
}

/// Checks what only now can be checked, and decides.
fn prepare(state: &State, order: &Order, now: Micros) -> Result<storage::NewDecision, Error> {
    if order.deadline.is_some_and(|deadline| deadline <= now) {
        return Err(Error::field("deadline", "must lie in the future"));
    }
    let start = order.start.at(now);
    if start.is_some_and(|start| order.deadline.is_some_and(|deadline| deadline <= start)) {
        return Err(Error::field("deadline", "must lie after the start"));
    }
    let question = Question {
        text: order.description.as_str(),
        priority: order.priority,
        metadata: &order.metadata,
        failed: &[],
        pin: order.pin.as_ref(),
        force: order.force,
        terms: terms(state, &order.tenant, order.objective),
    };
    Ok(decide(state, &question)?.record(now))
}

fn new_task(state: &State, order: Order, now: Micros) -> NewTask {
    NewTask {
        content_hash: order.content_hash(),
        metadata_json: serde_json::to_string(&order.metadata).expect("what was read as JSON renders as JSON"),
        task_id: order.task_id,
        idempotency_key: order.idempotency_key,
        description: order.description.into_string(),
        priority: order.priority,
        agent_pin: order.pin,
        force_execute: order.force,
        max_attempts: order.max_attempts.unwrap_or(state.config.attempts_max),
        max_cost: order.max_cost,
        deadline_at: order.deadline,
        start_at: order.start.at(now),
        tenant: order.tenant,
        created_at: now,
    }
}

/// What the writer found decides which answer is sent.
fn settle_on(state: &State, stored: Assigned, fresh: Answer, named: Named) -> Result<Answer, Error> {
    match stored {
        Assigned::New => Ok(fresh),
        Assigned::Replay(stored) => Ok(replay(state, &stored)),
        Assigned::Conflict => Err(Error::differs(named.task_id, named.key)),
        Assigned::Pruned => Err(Error::TaskPruned(named.task_id)),
    }
}

fn replay(state: &State, stored: &StoredAnswer) -> Answer {
    let body = answer::render(
        &stored.task_id,
        &stored.decision,
        "assigned",
        answer::REPLAY_REASON,
        &state.execution_url,
    );
    Answer { body, replayed: true }
}

/// A request that is refused now may have been accepted before: then it is answered as before.
///
/// Only refusals pay for this read.
async fn replay_or(state: &State, order: Order, refusal: Error) -> Result<Answer, Error> {
    let key = order.idempotency_key.as_deref();
    match state.storage.task_replay(&order.task_id, key, &order.content_hash()).await? {
        Assigned::New => Err(refusal),
        Assigned::Replay(stored) => Ok(replay(state, &stored)),
        Assigned::Conflict => Err(Error::differs(order.task_id, order.idempotency_key.is_some())),
        Assigned::Pruned => Err(Error::TaskPruned(order.task_id)),
    }
}
