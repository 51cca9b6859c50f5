//! The columns of runs, and how a row of them becomes a record.

use task_model::{Invalid, RunStatus, TenantId};

use crate::sql::{BatchSql, Connection, Row, Type};
use crate::tasks::columns::error;
use crate::{NewRun, Result, RunOrigin, RunRecord};

/// A run, of the table alias `r`.
pub(crate) const RUN: &str = "r.task_id, r.attempt, r.origin, r.idempotency_key, r.content_hash, r.agent_id, \
    r.agent_revision, r.task, \
    COALESCE((SELECT content FROM blobs WHERE hash = r.context_blob), r.context_json) AS context_json, r.priority, r.timeout_ms, r.max_cost_micro, r.deadline_at, r.tenant, r.status, \
    r.due_at, r.created_at, r.started_at, r.finished_at, r.fence, r.session_id, r.worker_deaths, r.releases, \
    r.cancel_at, r.pause_at, r.steps, r.tokens_in, r.tokens_out, r.cost_micro, \
    COALESCE((SELECT content FROM blobs WHERE hash = r.result_blob), r.result_json) AS result_json, r.error_code, \
    r.error_message, r.blame";

pub(crate) fn record(row: &Row) -> Result<RunRecord> {
    Ok(RunRecord {
        run: new_run(row)?,
        status: row.word("status", RunStatus::parse)?,
        due_at: row.micros("due_at")?,
        started_at: row.opt_micros("started_at")?,
        finished_at: row.opt_micros("finished_at")?,
        fence: row.fence("fence")?,
        session_id: row.opt_text("session_id")?,
        worker_deaths: row.int("worker_deaths")?,
        releases: row.int("releases")?,
        cancel_at: row.opt_micros("cancel_at")?,
        pause_at: row.opt_micros("pause_at")?,
        steps: row.int("steps")?,
        tokens_in: row.int("tokens_in")?,
        tokens_out: row.int("tokens_out")?,
        cost: row.money("cost_micro")?,
        result_json: row.opt_text("result_json")?,
        error: error(row, "error_code", "error_message")?,
        blame: row.blame("blame")?,
    })
}

fn new_run(row: &Row) -> Result<NewRun> {
    Ok(NewRun {
        task_id: row.task_id()?,
        attempt: row.attempt("attempt")?,
        origin: row.word("origin", origin)?,
        idempotency_key: row.opt_text("idempotency_key")?,
        content_hash: row.text("content_hash")?,
        agent_id: row.agent_id("agent_id")?,
        agent_revision: row.int("agent_revision")?,
        task: row.text("task")?,
        context_json: row.text("context_json")?,
        priority: row.priority("priority")?,
        timeout_ms: row.opt_int("timeout_ms")?,
        max_cost: row.opt_money("max_cost_micro")?,
        deadline_at: row.opt_micros("deadline_at")?,
        tenant: row.word("tenant", |raw| TenantId::parse(raw))?,
        created_at: row.micros("created_at")?,
    })
}

fn origin(word: &str) -> Result<RunOrigin, Invalid> {
    let origins = [RunOrigin::Orchestrator, RunOrigin::Direct];
    let known = origins.into_iter().find(|origin| origin.as_str() == word);
    known.ok_or_else(|| Invalid("must be orchestrator or direct".to_owned()))
}

static EVENTS: BatchSql = BatchSql::new(
    &[("kind", Type::Text), ("task_id", Type::Text), ("attempt", Type::Int), ("at", Type::Int)],
    "INSERT INTO run_events (kind, task_id, attempt, at) SELECT kind, task_id, attempt, at FROM {rows} \
     WHERE TRUE ON CONFLICT DO NOTHING",
);

/// Tells the orchestrator, in the same transaction, that runs were `created` without a task or `finished`.
pub(crate) async fn tell<'a>(
    connection: &mut Connection,
    kind: &'static str,
    runs: impl Iterator<Item = (&'a task_model::TaskId, task_model::Attempt, task_model::Micros)>,
) -> Result<()> {
    let rows = runs.map(|(id, attempt, at)| vec![kind.into(), id.into(), attempt.into(), at.into()]);
    EVENTS.run(connection, rows.collect()).await.map(drop)
}
