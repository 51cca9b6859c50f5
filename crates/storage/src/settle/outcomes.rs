//! Finished runs that wait to be settled, with everything that the reward and the next choice need.

use std::collections::HashMap;

use task_model::{Attempt, MicroUsd, RunStatus, TaskId, TaskStatus};

use crate::sql::{BatchSql, Connection, Row, Type, Value, built};
use crate::tasks::columns::{TASK, decision_record, error, new_task};
use crate::{DecisionRecord, Result, RunOutcome, Storage};

impl Storage {
    /// Finished runs whose task is not settled at that attempt, the earliest first.
    ///
    /// Runs without a task wait for their adoption. A run whose task went another way is forgotten here.
    pub async fn outcomes_unsettled(&self, limit: usize) -> Result<Vec<RunOutcome>> {
        let mut connection = self.read().await?;
        let rows = built(finished("CAST($1 AS BIGINT)")).bind(limit).rows(&mut connection).await?;
        let (mut outcomes, mut overtaken) = (Vec::new(), Vec::new());
        for row in &rows {
            let attempt = row.attempt("attempt")?;
            let settled = row.word("t_status", TaskStatus::parse)?.is_terminal();
            if settled || row.attempt("t_attempt")? != attempt {
                overtaken.push((row.task_id()?, attempt));
            } else {
                outcomes.push(outcome(row, attempt)?);
            }
        }
        add_histories(&mut connection, &mut outcomes).await?;
        drop(connection);
        if !overtaken.is_empty() {
            self.write(overtaken, &[], |connection, runs| Box::pin(forget(connection, runs))).await?;
        }
        Ok(outcomes)
    }
}

/// Finished runs, the earliest first.
pub(crate) fn finished(limit: &str) -> String {
    format!(
        "SELECT {TASK}, t.status AS t_status, t.attempt AS t_attempt, t.reward, t.reward_version, \
             t.cancel_requested_at, r.attempt, r.status, r.blame, r.error_code, r.error_message, \
             COALESCE((SELECT content FROM blobs WHERE hash = r.result_blob), r.result_json) AS result_json, \
             r.cost_micro, r.started_at, r.finished_at \
         FROM run_events e JOIN tasks t ON t.task_id = e.task_id \
             JOIN runs r ON r.task_id = e.task_id AND r.attempt = e.attempt \
         WHERE e.kind = 'finished' ORDER BY e.seq LIMIT {limit}"
    )
}

fn outcome(row: &Row, attempt: Attempt) -> Result<RunOutcome> {
    let cost = row.money("cost_micro")?;
    Ok(RunOutcome {
        task: new_task(row)?,
        attempt,
        status: row.word("status", RunStatus::parse)?,
        blame: row.blame("blame")?,
        error: error(row, "error_code", "error_message")?,
        result_json: row.opt_text("result_json")?,
        cost,
        total_cost: cost,
        tools: Vec::new(),
        model: None,
        started_at: row.opt_micros("started_at")?,
        finished_at: row.micros("finished_at")?,
        cancel_requested_at: row.opt_micros("cancel_requested_at")?,
        reward: row.get("reward")?,
        reward_version: row.int("reward_version")?,
        decisions: Vec::new(),
    })
}

pub(crate) static COSTS: BatchSql = BatchSql::new(
    &[("task_id", Type::Text)],
    "SELECT r.task_id, CAST(SUM(r.cost_micro) AS BIGINT) AS cost_micro \
     FROM {rows} JOIN runs r ON r.task_id = rows.task_id GROUP BY r.task_id",
);

pub(crate) static DECISIONS: BatchSql = BatchSql::new(
    &[("task_id", Type::Text)],
    "SELECT d.*, d.attempt AS d_attempt, d.agent_id AS d_agent_id \
     FROM {rows} JOIN decisions d ON d.task_id = rows.task_id ORDER BY d.task_id, d.attempt",
);

pub(crate) static ACTS: BatchSql = BatchSql::new(
    &[("task_id", Type::Text)],
    "SELECT s.task_id, s.attempt, s.tool, s.model, COUNT(*) AS steps, MAX(s.no) AS latest \
     FROM {rows} JOIN steps s ON s.task_id = rows.task_id WHERE s.tool IS NOT NULL OR s.model IS NOT NULL \
     GROUP BY s.task_id, s.attempt, s.tool, s.model",
);

/// Who acted in an attempt.
#[derive(Default)]
struct Acts {
    tools: Vec<String>,
    /// After how many answers it gave and its last one: the highest counts.
    model: Option<(i64, i64, String)>,
}

impl Acts {
    fn add(&mut self, row: &Row) -> Result<()> {
        self.tools.extend(row.opt_text("tool")?);
        if let Some(model) = row.opt_text("model")? {
            let answered = Some((row.int("steps")?, row.int("latest")?, model));
            self.model = self.model.take().max(answered);
        }
        Ok(())
    }
}

async fn add_histories(connection: &mut Connection, outcomes: &mut [RunOutcome]) -> Result<()> {
    let ids = || -> Vec<Vec<Value<'_>>> { outcomes.iter().map(|o| vec![(&o.task.task_id).into()]).collect() };
    let (ids_for_costs, ids_for_acts, ids) = (ids(), ids(), ids());
    let mut costs: HashMap<TaskId, MicroUsd> = HashMap::new();
    for row in COSTS.run(connection, ids_for_costs).await? {
        costs.insert(row.task_id()?, row.money("cost_micro")?);
    }
    let mut decisions: HashMap<TaskId, Vec<DecisionRecord>> = HashMap::new();
    for row in DECISIONS.run(connection, ids).await? {
        let record = decision_record(&row)?;
        decisions.entry(record.task_id.clone()).or_default().push(record);
    }
    let mut acts: HashMap<(TaskId, i64), Acts> = HashMap::new();
    for row in ACTS.run(connection, ids_for_acts).await? {
        acts.entry((row.task_id()?, row.int("attempt")?)).or_default().add(&row)?;
    }
    for outcome in outcomes {
        let acts = acts.remove(&(outcome.task.task_id.clone(), outcome.attempt.0)).unwrap_or_default();
        (outcome.tools, outcome.model) = (acts.tools, acts.model.map(|(.., model)| model));
        outcome.tools.sort_unstable();
        outcome.total_cost = costs.get(&outcome.task.task_id).copied().unwrap_or(outcome.cost);
        outcome.decisions = decisions.remove(&outcome.task.task_id).unwrap_or_default();
    }
    Ok(())
}

pub(crate) static FORGET: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("attempt", Type::Int)],
    "DELETE FROM run_events WHERE kind = 'finished' \
     AND (task_id, attempt) IN (SELECT rows.task_id, rows.attempt FROM {rows})",
);

/// Takes finished runs out of the orchestrator's queue.
pub(crate) async fn forget(connection: &mut Connection, runs: &[(TaskId, Attempt)]) -> Result<()> {
    let rows = runs.iter().map(|(task_id, attempt)| vec![task_id.into(), (*attempt).into()]).collect();
    FORGET.run(connection, rows).await.map(drop)
}
