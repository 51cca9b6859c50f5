//! Accepts a task for an agent: the same task twice is one run.

use std::time::Duration;

use react_agent::canonical_json;
use serde_json::{Map, Value, json};
use service_kit::crash_point;
use sha2::{Digest, Sha256};
use storage::{AgentRecord, Inserted, NewRun, RunOrigin, RunRecord, TaskView};
use task_model::{AgentStatus, Attempt, Description, MicroUsd, Micros, Priority, TaskId, TenantId};

use super::delegate;
use crate::error::{Error, Result};
use crate::state::State;

/// A task that somebody wants done, read and checked.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its identity; made here when absent.
    pub task_id: Option<TaskId>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// What is to be done.
    pub task: Description,
    /// Who is to do it, by id, alias or name; absent: the orchestrator chooses.
    pub agent: Option<String>,
    /// What the agent should know.
    pub context: Map<String, Value>,
    /// How long the run may take.
    pub timeout: Option<Duration>,
    /// How urgent it is.
    pub priority: Priority,
    /// What it may cost.
    pub max_cost: Option<MicroUsd>,
    /// Which try this is.
    pub attempt: Attempt,
    /// Whether the orchestrator sends it: then it has the task, and has chosen the agent.
    pub dispatched: bool,
    /// When it loses its point.
    pub deadline_at: Option<Micros>,
    /// Who it is for.
    pub tenant: TenantId,
}

/// A task that was taken.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Its identity.
    pub task_id: TaskId,
    /// Who does it.
    pub agent_id: String,
    /// Which try.
    pub attempt: Attempt,
    /// Whether it had been taken before.
    pub known: bool,
    /// Further facts for the caller.
    pub facts: Map<String, Value>,
}

/// Takes a task, or says why not. When this returns, the task is durable.
pub async fn execute(state: &State, order: Order, now: Micros) -> Result<Accepted> {
    let Some(asked) = order.agent.clone() else { return delegate::assign(state, order, now).await };
    let agent = find_agent(state, &asked).await?;
    if agent.spec.status != AgentStatus::Active && !order.dispatched {
        return Err(Error::AgentPaused(agent.spec.id.to_string()));
    }
    if let Some(known) = assigned_elsewhere(state, &order).await? {
        return Ok(known);
    }
    let run = new_run(order, &agent, now);
    let (task_id, attempt) = (run.task_id.clone(), run.attempt);
    match state.storage.run_insert(run).await? {
        Inserted::New => {
            crash_point("execution.run_inserted");
            metrics::counter!("execution_runs_accepted_total").increment(1);
            let facts = Map::from_iter([("agent_revision".to_owned(), json!(agent.revision))]);
            Ok(Accepted { task_id, agent_id: agent.spec.id.to_string(), attempt, known: false, facts })
        }
        Inserted::Existing(run) => Ok(known(&run)),
        Inserted::Conflict => Err(sent_before(&task_id)),
    }
}

/// Another process may have made the agent a moment ago: an unknown name is looked for once more.
async fn find_agent(state: &State, asked: &str) -> Result<std::sync::Arc<AgentRecord>> {
    if let Some(agent) = state.roster.find(asked) {
        return Ok(agent);
    }
    state.roster.refresh(&state.storage).await?;
    state.roster.require(asked)
}

/// A client names a task that the orchestrator already assigned: the same work is known, other work is a conflict.
async fn assigned_elsewhere(state: &State, order: &Order) -> Result<Option<Accepted>> {
    let (Some(task_id), false) = (&order.task_id, order.dispatched) else { return Ok(None) };
    let Some(view) = state.storage.task_find(task_id).await? else { return Ok(None) };
    // A run of ours is compared by its own content when it is inserted again.
    if view.run.is_some() && view.attempt == order.attempt {
        return Ok(None);
    }
    same_work(view, order).map(Some)
}

/// The order's task as somebody sent it before.
pub(super) fn same_work(view: TaskView, order: &Order) -> Result<Accepted> {
    if view.task.description != order.task.as_str() {
        return Err(sent_before(&view.task.task_id));
    }
    Ok(Accepted {
        task_id: view.task.task_id,
        agent_id: view.agent_id.to_string(),
        attempt: view.attempt,
        known: true,
        facts: Map::new(),
    })
}

fn sent_before(task_id: &TaskId) -> Error {
    let detail = format!(
        "the task \"{task_id}\" (or its idempotency key) was sent before with other content; use a new id"
    );
    Error::Conflict { code: "TASK_CONFLICT", detail }
}

fn known(run: &RunRecord) -> Accepted {
    Accepted {
        task_id: run.run.task_id.clone(),
        agent_id: run.run.agent_id.to_string(),
        attempt: run.run.attempt,
        known: true,
        facts: Map::from_iter([("agent_revision".to_owned(), json!(run.run.agent_revision))]),
    }
}

fn new_run(order: Order, agent: &AgentRecord, now: Micros) -> NewRun {
    let task_id = order.task_id.clone().unwrap_or_else(new_task_id);
    let context = Value::Object(order.context.clone());
    let timeout_ms = order.timeout.map(|timeout| i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
    NewRun {
        content_hash: content_hash(&order, agent, &context),
        task_id,
        attempt: order.attempt,
        origin: if order.dispatched { RunOrigin::Orchestrator } else { RunOrigin::Direct },
        // The orchestrator's key is the id and attempt again.
        idempotency_key: order.key.filter(|_| !order.dispatched),
        agent_id: agent.spec.id.clone(),
        agent_revision: agent.revision,
        task: order.task.into_string(),
        context_json: context.to_string(),
        priority: order.priority,
        timeout_ms,
        max_cost: order.max_cost,
        deadline_at: order.deadline_at,
        tenant: order.tenant,
        created_at: now,
    }
}

/// A fresh identity, in the order of time.
pub fn new_task_id() -> TaskId {
    TaskId::parse(format!("task_{}", uuid::Uuid::now_v7().simple()))
        .expect("hex digits are allowed in task ids")
}

/// Everything that makes the request what it is. Each part is preceded by its length, so that none runs into the next.
fn content_hash(order: &Order, agent: &AgentRecord, context: &Value) -> String {
    let bounds = json!([
        order.priority.get(),
        order.timeout.map(|timeout| timeout.as_millis() as u64),
        order.max_cost.map(|cost| cost.0),
        order.deadline_at.map(|at| at.0),
    ]);
    let parts = [agent.spec.id.as_str(), order.task.as_str(), &canonical_json(context), &bounds.to_string()];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The word for a task that was taken and may not have begun.
pub const ACCEPTED: &str = "accepted";
