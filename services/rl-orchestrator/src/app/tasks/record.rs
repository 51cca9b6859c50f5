//! What is stored of a task becomes the record that clients read.

use serde_json::{Map, Value};
use service_api::assign::Links;
use service_api::rfc3339;
use service_api::task::{StatusChange, TaskError, TaskRecord};
use storage::{TaskEvent, TaskView};
use task_model::{Blame, MicroUsd};

use crate::app::policy::PolicyVersion;

/// Everything, for one task.
pub(super) fn whole(view: TaskView, history: Vec<TaskEvent>, execution_url: &str) -> TaskRecord {
    let candidates = view.decision.as_ref().map_or("[]", |decision| &decision.candidates_json);
    let candidates = serde_json::from_str(candidates).unwrap_or_default();
    let history = history.into_iter().map(change).collect();
    TaskRecord { candidates, history, ..brief(view, execution_url) }
}

/// What a list shows of each task.
pub(super) fn brief(view: TaskView, execution_url: &str) -> TaskRecord {
    let error = error(&view);
    let (task, run, decision) = (view.task, view.run, view.decision);
    let ended = view.completed_at.or_else(|| run.as_ref().and_then(|run| run.finished_at));
    let result = run.as_ref().and_then(|run| run.result_json.as_deref());
    let metadata: Map<String, Value> = serde_json::from_str(&task.metadata_json).unwrap_or_default();
    let decided = decision.as_ref();
    TaskRecord {
        links: links(task.task_id.as_str(), execution_url),
        task_id: task.task_id.to_string(),
        description: task.description,
        priority: task.priority.get(),
        tenant: task.tenant.to_string(),
        start_at: task.start_at.map(rfc3339),
        max_attempts: task.max_attempts,
        status: view.status.as_str().to_owned(),
        assigned_agent: view.agent_id.to_string(),
        confidence: decided.map_or(0.0, |decision| decision.confidence),
        reason: decided.map_or_else(String::new, |decision| decision.reason.clone()),
        validation_passed: true,
        warnings: decided
            .and_then(|decision| serde_json::from_str(&decision.warnings_json).ok())
            .unwrap_or_default(),
        attempt: view.attempt.0,
        decision_id: decided.map_or_else(String::new, |decision| decision.decision_id.to_string()),
        policy_version: PolicyVersion::from_stored(decided.map_or(0, |decision| decision.policy_version))
            .to_string(),
        propensity: decided.map_or(0.0, |decision| decision.propensity),
        candidates: Vec::new(),
        metadata,
        created_at: rfc3339(task.created_at),
        updated_at: rfc3339(view.updated_at),
        started_at: run.as_ref().and_then(|run| run.started_at).map(rfc3339),
        completed_at: ended.map(rfc3339),
        cancel_requested_at: view.cancel_requested_at.map(rfc3339),
        result: result
            .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))),
        error,
        reward: view.reward,
        cost_usd: run.as_ref().map_or(MicroUsd::ZERO, |run| run.cost).as_usd(),
        steps: run.as_ref().map_or(0, |run| run.steps),
        history: Vec::new(),
    }
}

/// A failure that no run was blamed for happened before there was one.
fn error(view: &TaskView) -> Option<TaskError> {
    let error = view.error.as_ref()?;
    let blame = view.run.as_ref().and_then(|run| run.blame).unwrap_or(Blame::Infrastructure);
    Some(TaskError {
        code: error.code.clone(),
        message: error.message.clone(),
        blame: blame.as_str().to_owned(),
    })
}

fn change(event: TaskEvent) -> StatusChange {
    StatusChange { status: event.status.as_str().to_owned(), at: rfc3339(event.at), detail: event.detail }
}

fn links(task_id: &str, execution_url: &str) -> Links {
    Links {
        this: format!("/tasks/{task_id}"),
        execution: format!("{execution_url}/api/v1/tasks/{task_id}"),
        feedback: "/task-feedback".to_owned(),
    }
}
