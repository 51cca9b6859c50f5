//! What is handed over, and which answers end a task that nobody ever ran.

use serde_json::{Map, Value};
use service_api::assign::PriorityInput;
use service_api::execute::ExecuteRequest;
use service_client::Error as PeerError;
use storage::{DispatchItem, TaskError};
use task_model::MicroUsd;

use super::{count, now};
use crate::app::{Error, State};

/// The words for a task that the execution API refuses for good.
const REFUSED: &str = "DISPATCH_REFUSED";

pub(super) fn request(item: &DispatchItem) -> ExecuteRequest {
    let task = &item.task;
    let context: Map<String, Value> = serde_json::from_str(&task.metadata_json).unwrap_or_default();
    ExecuteRequest {
        task: task.description.clone(),
        task_id: Some(task.task_id.to_string()),
        agent_id: Some(item.agent_id.to_string()),
        context: Some(context).filter(|context| !context.is_empty()),
        timeout: None,
        wait: false,
        priority: Some(PriorityInput::Number(task.priority.get().into())),
        max_cost_usd: task.max_cost.map(|most| MicroUsd((most.0 - item.spent.0).max(0)).as_usd()),
        tenant: Some(task.tenant.to_string()),
        attempt: Some(item.attempt.0),
        decision_id: None,
        deadline: task.deadline_at.map(service_api::rfc3339),
    }
}

/// A refusal of this very task. Wrong credentials are not: an operator mends them, and the task is still wanted.
pub(super) fn is_final(error: &PeerError) -> bool {
    let status = error.status().map(|status| status.as_u16());
    match status {
        Some(400 | 409 | 413 | 422) => true,
        // Without a problem document it is the path that is unknown there, not the agent.
        Some(404) => error.code().is_some_and(|code| !code.is_empty()),
        _ => false,
    }
}

/// Says what the execution API said.
pub(super) async fn refused(state: &State, item: &DispatchItem, error: &PeerError) -> Result<(), Error> {
    let said = error.problem().map_or_else(|| error.to_string(), |problem| problem.detail.clone());
    give_up(state, item, REFUSED, &format!("The execution API refused the task: {said}")).await
}

/// The task fails without ever having run: nobody's merit or fault, so nothing is learned.
pub(super) async fn give_up(
    state: &State,
    item: &DispatchItem,
    code: &str,
    message: &str,
) -> Result<(), Error> {
    count("dead");
    let error = TaskError { code: code.to_owned(), message: message.to_owned() };
    state.storage.task_dispatch_dead(&item.task.task_id, item.attempt, error, now()).await?;
    Ok(())
}
