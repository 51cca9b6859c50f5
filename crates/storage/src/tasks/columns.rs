//! The columns of tasks and decisions, and how a row of them becomes a record.

use task_model::{AgentId, Attempt, RunStatus, TaskStatus, TenantId, visible_status};

use crate::sql::Row;
use crate::{DecisionRecord, DispatchState, NewDecision, NewTask, Result, RunView, TaskError, TaskView};

/// A task as its caller described it, of the table alias `t`.
pub(crate) const TASK: &str = "t.task_id, t.idempotency_key, t.content_hash, t.description, t.priority, t.metadata_json, \
    t.agent_pin, t.force_execute, t.max_attempts, t.max_cost_micro, t.deadline_at, t.tenant, t.start_at, t.created_at";

/// A decision, of the table alias `d`.
pub(crate) const DECISION: &str = "d.decision_id, d.agent_id AS d_agent_id, d.confidence, d.propensity, d.reason, \
    d.candidates_json, d.warnings_json, d.context, d.policy_version, d.learnable, d.decided_at";

/// The rest of a task and its run, of the table aliases `t` and `r`.
pub(crate) const STATE: &str = "t.status, t.attempt, t.agent_id, t.updated_at, t.completed_at, t.cancel_requested_at, \
    t.error_code, t.error_message, t.reward, t.reward_version, t.dispatch_due_at, t.dispatch_tries, t.dispatch_error, \
    r.status AS r_status, r.fence, r.agent_revision, r.started_at, r.finished_at, r.steps, r.tokens_in, r.tokens_out, \
    r.cost_micro, \
    COALESCE((SELECT content FROM blobs WHERE hash = r.result_blob), r.result_json) AS result_json, r.blame, r.worker_deaths, r.error_code AS r_error_code, \
    r.error_message AS r_error_message";

/// A task with its current decision and run.
pub(crate) const JOINED: &str = "FROM tasks t \
    LEFT JOIN decisions d ON d.task_id = t.task_id AND d.attempt = t.attempt \
    LEFT JOIN runs r ON r.task_id = t.task_id AND r.attempt = t.attempt";

/// The same columns without their alias (`t.`, `r.`): SQLite does not know it in RETURNING.
pub(crate) fn without_alias(columns: &str, alias: &str) -> String {
    columns.replace(alias, "")
}

pub(crate) fn new_task(row: &Row) -> Result<NewTask> {
    Ok(NewTask {
        task_id: row.task_id()?,
        idempotency_key: row.opt_text("idempotency_key")?,
        content_hash: row.text("content_hash")?,
        description: row.text("description")?,
        priority: row.priority("priority")?,
        metadata_json: row.text("metadata_json")?,
        agent_pin: row.opt_word("agent_pin", |raw| AgentId::parse(raw))?,
        force_execute: row.get("force_execute")?,
        max_attempts: row.int("max_attempts")?,
        max_cost: row.opt_money("max_cost_micro")?,
        deadline_at: row.opt_micros("deadline_at")?,
        tenant: row.word("tenant", |raw| TenantId::parse(raw))?,
        start_at: row.opt_micros("start_at")?,
        created_at: row.micros("created_at")?,
    })
}

pub(crate) fn decision(row: &Row) -> Result<NewDecision> {
    Ok(NewDecision {
        decision_id: row.decision_id("decision_id")?,
        agent_id: row.agent_id("d_agent_id")?,
        confidence: row.get("confidence")?,
        propensity: row.get("propensity")?,
        reason: row.text("reason")?,
        candidates_json: row.text("candidates_json")?,
        warnings_json: row.text("warnings_json")?,
        context: row.get("context")?,
        policy_version: row.int("policy_version")?,
        learnable: row.get("learnable")?,
        decided_at: row.micros("decided_at")?,
    })
}

/// A decision with its place, from a row that also has `task_id` and `d_attempt`.
pub(crate) fn decision_record(row: &Row) -> Result<DecisionRecord> {
    Ok(DecisionRecord {
        task_id: row.task_id()?,
        attempt: row.attempt("d_attempt")?,
        decision: decision(row)?,
    })
}

pub(crate) fn error(row: &Row, code: &str, message: &str) -> Result<Option<TaskError>> {
    let Some(code) = row.opt_text(code)? else { return Ok(None) };
    Ok(Some(TaskError { code, message: row.opt_text(message)?.unwrap_or_default() }))
}

pub(crate) fn view(row: &Row) -> Result<TaskView> {
    let own_status = row.word("status", TaskStatus::parse)?;
    let run = run_view(row)?;
    let status = visible_status(own_status, run.as_ref().map(|run| run.status));
    Ok(TaskView {
        task: new_task(row)?,
        status,
        own_status,
        attempt: Attempt(row.int("attempt")?),
        agent_id: row.agent_id("agent_id")?,
        updated_at: row.micros("updated_at")?,
        completed_at: row.opt_micros("completed_at")?,
        cancel_requested_at: row.opt_micros("cancel_requested_at")?,
        error: shown_error(row, status)?,
        reward: row.get("reward")?,
        reward_version: row.int("reward_version")?,
        dispatch: DispatchState {
            due_at: row.opt_micros("dispatch_due_at")?,
            tries: row.int("dispatch_tries")?,
            error: row.opt_text("dispatch_error")?,
        },
        decision: row.opt_text("decision_id")?.map(|_| decision(row)).transpose()?,
        run,
    })
}

/// The orchestrator's word, or else the run's; while the task runs, a failed attempt is not its failure yet.
fn shown_error(row: &Row, status: TaskStatus) -> Result<Option<TaskError>> {
    match error(row, "error_code", "error_message")? {
        None if status != TaskStatus::Running => error(row, "r_error_code", "r_error_message"),
        own => Ok(own),
    }
}

fn run_view(row: &Row) -> Result<Option<RunView>> {
    let Some(status) = row.opt_word("r_status", RunStatus::parse)? else { return Ok(None) };
    Ok(Some(RunView {
        status,
        fence: row.fence("fence")?,
        agent_revision: row.int("agent_revision")?,
        started_at: row.opt_micros("started_at")?,
        finished_at: row.opt_micros("finished_at")?,
        steps: row.int("steps")?,
        tokens_in: row.int("tokens_in")?,
        tokens_out: row.int("tokens_out")?,
        cost: row.money("cost_micro")?,
        result_json: row.opt_text("result_json")?,
        blame: row.blame("blame")?,
        worker_deaths: row.int("worker_deaths")?,
    }))
}
