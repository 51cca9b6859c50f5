//! A task without an agent: the orchestrator chooses one and sends the task back here.

use std::time::Duration;

use serde_json::{Map, json};
use service_api::assign::{AssignTaskRequest, PriorityInput};
use service_api::rfc3339;
use service_client::Call;
use service_kit::context;
use sha2::{Digest, Sha256};
use task_model::{Attempt, Micros, TaskId};

use super::execute::{Accepted, Order, new_task_id, same_work};
use crate::error::{Error, Result};
use crate::state::State;

const ORCHESTRATOR: &str = "orchestrator";

/// The orchestrator decides within milliseconds; this is how long it may be busy.
const WITHIN: Duration = Duration::from_secs(10);

/// Lets the orchestrator assign the task. When this returns, task and decision are durable there.
pub async fn assign(state: &State, order: Order, now: Micros) -> Result<Accepted> {
    let task_id = identity(&order);
    if let Some(known) = known(state, &task_id, &order).await? {
        return Ok(known);
    }
    let request = request(&task_id, &order, now);
    let call = Call::within(WITHIN).with_headers(context::outgoing_headers());
    let answer = state
        .orchestrator
        .assign_task(&request, &call)
        .await
        .map_err(|error| Error::from_peer(ORCHESTRATOR, error))?;
    let facts = Map::from_iter([
        ("confidence".to_owned(), json!(answer.confidence)),
        ("reason".to_owned(), json!(answer.reason)),
        ("decision_id".to_owned(), json!(answer.decision_id)),
        ("warnings".to_owned(), json!(answer.warnings)),
    ]);
    let agent_id = answer.assigned_agent;
    Ok(Accepted { task_id, agent_id, attempt: Attempt::FIRST, known: false, facts })
}

/// The caller's id, or one that follows from the idempotency key, so that a repeated request is the same task.
fn identity(order: &Order) -> TaskId {
    let from_key = |key: &String| {
        let digest = Sha256::digest(key.as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        TaskId::parse(format!("key_{hex}")).ok()
    };
    order.task_id.clone().or_else(|| order.key.as_ref().and_then(from_key)).unwrap_or_else(new_task_id)
}

/// A repeated request is recognised here, because its deadline moves with the clock and would look like other content.
async fn known(state: &State, task_id: &TaskId, order: &Order) -> Result<Option<Accepted>> {
    if order.task_id.is_none() && order.key.is_none() {
        return Ok(None);
    }
    let Some(view) = state.storage.task_find(task_id).await? else { return Ok(None) };
    same_work(view, order).map(Some)
}

fn request(task_id: &TaskId, order: &Order, now: Micros) -> AssignTaskRequest {
    let by_timeout =
        order.timeout.map(|timeout| now.plus_millis(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)));
    let deadline = [order.deadline_at, by_timeout].into_iter().flatten().min();
    AssignTaskRequest {
        task_id: Some(task_id.to_string()),
        description: order.task.as_str().to_owned(),
        priority: Some(PriorityInput::Number(order.priority.get().into())),
        metadata: Some(order.context.clone()).filter(|context| !context.is_empty()),
        tenant: Some(order.tenant.to_string()),
        max_cost_usd: order.max_cost.map(|cost| cost.as_usd()),
        deadline: deadline.map(rfc3339),
        ..AssignTaskRequest::default()
    }
}
