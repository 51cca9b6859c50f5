//! Stored records in the words of the wire. No decisions but how things are spelled.

use serde_json::Value;
use service_api::rfc3339;
use service_api::task::{RunMetadata, RunRecord as WireRun, StepRecord as WireStep, TaskError as WireError};
use storage::{RunRecord, StepRecord, TaskError, TaskView};
use task_model::{Blame, StepKind, TaskStatus};

/// A task as both the orchestrator and we know it; here a task that we do not have yet is queued.
///
/// What an attempt came to is shown once the task has ended with it: until then another attempt may follow.
pub fn task(view: &TaskView) -> WireRun {
    let run = view.run.as_ref();
    let ended = view.status.is_terminal() || view.status == TaskStatus::NeedsReview;
    let metadata = RunMetadata {
        task: view.task.description.clone(),
        agent_id: view.agent_id.to_string(),
        agent_revision: run.map(|run| run.agent_revision),
        attempt: view.attempt.0,
        priority: view.task.priority.get(),
        created_at: rfc3339(view.task.created_at),
        started_at: run.and_then(|run| run.started_at).map(rfc3339),
        completed_at: run
            .and_then(|run| run.finished_at)
            .or(view.completed_at)
            .filter(|_| ended)
            .map(rfc3339),
        step_count: run.map_or(0, |run| run.steps),
        tokens_in: run.map_or(0, |run| run.tokens_in),
        tokens_out: run.map_or(0, |run| run.tokens_out),
        cost_usd: run.map_or(0.0, |run| run.cost.as_usd()),
    };
    WireRun {
        task_id: view.task.task_id.to_string(),
        status: status(view.status).to_owned(),
        result: run.filter(|_| ended).and_then(|run| json(run.result_json.as_deref())),
        error: error(view.error.as_ref().filter(|_| ended), run.and_then(|run| run.blame)),
        metadata,
        steps: Vec::new(),
    }
}

/// One attempt, as this service alone knows it.
pub fn run(record: &RunRecord) -> WireRun {
    let asked = &record.run;
    let metadata = RunMetadata {
        task: asked.task.clone(),
        agent_id: asked.agent_id.to_string(),
        agent_revision: Some(asked.agent_revision),
        attempt: asked.attempt.0,
        priority: asked.priority.get(),
        created_at: rfc3339(asked.created_at),
        started_at: record.started_at.map(rfc3339),
        completed_at: record.finished_at.map(rfc3339),
        step_count: record.steps,
        tokens_in: record.tokens_in,
        tokens_out: record.tokens_out,
        cost_usd: record.cost.as_usd(),
    };
    WireRun {
        task_id: asked.task_id.to_string(),
        status: record.status.as_str().to_owned(),
        result: json(record.result_json.as_deref()),
        error: error(record.error.as_ref(), record.blame),
        metadata,
        steps: Vec::new(),
    }
}

/// One step. Its name is the tool, or the model that answered.
pub fn step(record: &StepRecord) -> WireStep {
    let intent = &record.intent;
    let result = record.result.as_ref();
    let mut shown = result.and_then(|result| json(result.result_json.as_deref()));
    let model = shown.as_ref().and_then(|shown| shown.get("model")?.as_str().map(str::to_owned));
    if let Some(Value::Object(members)) = &mut shown {
        // The number stands beside, and the kind of event says the same as the kind of step.
        members.remove("step");
        members.remove("event");
    }
    let name = match intent.kind {
        StepKind::Tool => intent.tool.clone().unwrap_or_default(),
        StepKind::Thought => model.unwrap_or_default(),
    };
    WireStep {
        number: intent.no,
        kind: intent.kind.as_str().to_owned(),
        name,
        effect: intent.effect.as_str().to_owned(),
        idempotency_key: intent.key.clone(),
        request: json(Some(&intent.request_json)).unwrap_or_default(),
        result: shown,
        started_at: rfc3339(intent.at),
        duration_ms: result.map(|result| result.duration_us as f64 / 1e3),
        tokens_in: result.map_or(0, |result| result.tokens_in),
        tokens_out: result.map_or(0, |result| result.tokens_out),
        cost_usd: result.map_or(0.0, |result| result.cost.as_usd()),
    }
}

/// The word for a state on this port.
pub fn status(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Assigned => TaskStatus::Queued.as_str(),
        other => other.as_str(),
    }
}

fn error(error: Option<&TaskError>, blame: Option<Blame>) -> Option<WireError> {
    error.map(|error| WireError {
        code: error.code.clone(),
        message: error.message.clone(),
        blame: blame.unwrap_or(Blame::Nobody).as_str().to_owned(),
    })
}

fn json(text: Option<&str>) -> Option<Value> {
    // What we stored is JSON; should it not be, the text itself says more than nothing.
    text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}
