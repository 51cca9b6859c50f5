//! Writing the journal: INTENT before an effect, RESULT after it, both only under the fence.

use std::collections::{BTreeMap, HashSet};

use task_model::{Attempt, Fence, TaskId};

use crate::blobs::{self, Placed};
use crate::sql::{BatchSql, Connection, Type, Value, sql};
use crate::writer::group::{Manner, Run};
use crate::{Error, Result, RunLease, Signal, StepIntent, StepResult, Storage};

/// A RESULT, an INTENT, or both, for one run.
pub(crate) struct StepWrite {
    pub(crate) lease: RunLease,
    pub(crate) result: Option<StepResult>,
    pub(crate) intent: Option<StepIntent>,
}

impl Storage {
    /// Records an INTENT before its effect. [`Error::Stale`] when the lease was lost; [`Error::Conflict`] when the
    /// place is taken by another step. The same INTENT once more, without a RESULT so far, is no error.
    pub async fn step_intent(&self, lease: &RunLease, intent: StepIntent) -> Result<()> {
        self.step_write(StepWrite { lease: lease.clone(), result: None, intent: Some(intent) }).await
    }

    /// Records the RESULT of an INTENT. [`Error::Stale`] when the lease was lost; [`Error::NotFound`] without an
    /// INTENT. The first RESULT stays.
    pub async fn step_result(&self, lease: &RunLease, result: StepResult) -> Result<()> {
        self.step_write(StepWrite { lease: lease.clone(), result: Some(result), intent: None }).await
    }

    /// Records a RESULT and the next INTENT in one commit.
    pub async fn step_result_and_intent(
        &self,
        lease: &RunLease,
        result: StepResult,
        intent: StepIntent,
    ) -> Result<()> {
        self.step_write(StepWrite { lease: lease.clone(), result: Some(result), intent: Some(intent) }).await
    }

    async fn step_write(&self, write: StepWrite) -> Result<()> {
        self.desk().lanes.step.call(write, &self.desk().arrived).await
    }
}

pub(crate) const MANNER: Manner<StepWrite, ()> = Manner {
    run: Run::Batched(|connection, writes| Box::pin(write_steps(connection, writes))),
    signals: &[Signal::StepAdded],
    appends_to_log: false,
};

type StepPlace = (String, i64, i64);

/// Writes what is under its fence; what is not is answered with [`Error::Stale`].
pub(crate) async fn write_steps(
    connection: &mut Connection,
    writes: &[&StepWrite],
) -> Result<Vec<Result<()>>> {
    let live = lock_live(connection, writes).await?;
    let is_live = |write: &&StepWrite| live.contains(&lease_key(&write.lease));
    let writes_live: Vec<&StepWrite> = writes.iter().copied().filter(is_live).collect();
    let recorded = record_results(connection, &writes_live).await?;
    record_intents(connection, &writes_live).await?;
    add_up(connection, &writes_live, &recorded).await?;
    Ok(writes.iter().map(|write| if is_live(write) { Ok(()) } else { Err(Error::Stale) }).collect())
}

pub(crate) static LIVE: BatchSql = BatchSql::new(
    &[("task_id", Type::Text), ("attempt", Type::Int), ("fence", Type::Int)],
    "SELECT runs.task_id, runs.attempt, runs.fence FROM {rows} JOIN runs ON runs.task_id = rows.task_id \
     AND runs.attempt = rows.attempt AND runs.fence = rows.fence AND runs.session_id IS NOT NULL {lock runs}",
);

/// The runs whose lease holds, locked so that it holds until the commit.
async fn lock_live(connection: &mut Connection, writes: &[&StepWrite]) -> Result<HashSet<StepPlace>> {
    let mut leases: Vec<&RunLease> = writes.iter().map(|write| &write.lease).collect();
    leases.sort_by_key(|lease| (&lease.task_id, lease.attempt));
    leases.dedup();
    let rows =
        leases.iter().map(|lease| vec![(&lease.task_id).into(), lease.attempt.into(), lease.fence.into()]);
    let rows = LIVE.run(connection, rows.collect()).await?;
    rows.iter().map(|row| Ok((row.text("task_id")?, row.int("attempt")?, row.int("fence")?))).collect()
}

fn lease_key(lease: &RunLease) -> StepPlace {
    (lease.task_id.as_str().to_owned(), lease.attempt.0, lease.fence.0)
}

fn place(lease: &RunLease, no: i64) -> StepPlace {
    (lease.task_id.as_str().to_owned(), lease.attempt.0, no)
}

pub(crate) static RESULTS: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("no", Type::Int),
        ("fence", Type::Int),
        ("result_json", Type::Text),
        ("result_blob", Type::Text),
        ("error", Type::Text),
        ("model", Type::Text),
        ("tokens_in", Type::Int),
        ("tokens_out", Type::Int),
        ("cost_micro", Type::Int),
        ("duration_us", Type::Int),
        ("at", Type::Int),
    ],
    // The row then names the fence that its result was recorded under, for whoever audits the books.
    "UPDATE steps SET fence = rows.fence, result_json = rows.result_json, result_blob = rows.result_blob, \
         error = rows.error, model = rows.model, \
         tokens_in = rows.tokens_in, tokens_out = rows.tokens_out, cost_micro = rows.cost_micro, \
         duration_us = rows.duration_us, finished_at = rows.at \
     FROM {rows} WHERE steps.task_id = rows.task_id AND steps.attempt = rows.attempt AND steps.no = rows.no \
         AND steps.finished_at IS NULL \
     RETURNING steps.task_id, steps.attempt, steps.no",
);

/// Records the results, and says which of them were not recorded before.
async fn record_results(connection: &mut Connection, writes: &[&StepWrite]) -> Result<HashSet<StepPlace>> {
    let results = writes.iter().filter_map(|write| Some((&write.lease, write.result.as_ref()?)));
    let results: Vec<(&RunLease, &StepResult)> = results.collect();
    let placed: Vec<Placed<'_>> = results.iter().map(|(_, result)| payload(result)).collect();
    blobs::keep(connection, placed.iter()).await?;
    let rows =
        results.iter().zip(&placed).map(|((lease, result), placed)| result_values(lease, result, placed));
    let rows = rows.collect();
    let recorded = RESULTS.run(connection, rows).await?;
    let recorded: HashSet<StepPlace> = recorded
        .iter()
        .map(|row| Ok((row.text("task_id")?, row.int("attempt")?, row.int("no")?)))
        .collect::<Result<_>>()?;
    for (lease, result) in results {
        if !recorded.contains(&place(lease, result.no)) {
            check_recorded_before(connection, lease, result.no).await?;
        }
    }
    Ok(recorded)
}

fn payload(result: &StepResult) -> Placed<'_> {
    Placed::new(result.result_json.as_deref(), result.at)
}

fn result_values<'a>(lease: &'a RunLease, result: &'a StepResult, placed: &'a Placed<'a>) -> Vec<Value<'a>> {
    vec![
        (&lease.task_id).into(),
        lease.attempt.into(),
        result.no.into(),
        lease.fence.into(),
        placed.inline(),
        placed.blob(),
        result.error.as_ref().into(),
        result.model.as_ref().into(),
        result.tokens_in.into(),
        result.tokens_out.into(),
        result.cost.into(),
        result.duration_us.into(),
        result.at.into(),
    ]
}

/// Records what a person refused as the results of steps that were never run.
pub(crate) async fn record_refusals(
    connection: &mut Connection,
    task_id: &TaskId,
    attempt: Attempt,
    refusals: &[StepResult],
) -> Result<()> {
    let nobodys = RunLease { task_id: task_id.clone(), attempt, fence: Fence(0) };
    let placed: Vec<Placed<'_>> = refusals.iter().map(payload).collect();
    blobs::keep(connection, placed.iter()).await?;
    let rows = refusals.iter().zip(&placed).map(|(refusal, placed)| result_values(&nobodys, refusal, placed));
    RESULTS.run(connection, rows.collect()).await.map(drop)
}

async fn check_recorded_before(connection: &mut Connection, lease: &RunLease, no: i64) -> Result<()> {
    const SELECT: &str = "SELECT 1 AS one FROM steps WHERE task_id = $1 AND attempt = $2 AND no = $3";
    let known = sql(SELECT).bind(&lease.task_id).bind(lease.attempt).bind(no).row(connection).await?;
    known.map(drop).ok_or(Error::NotFound("step"))
}

pub(crate) static INTENTS: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("no", Type::Int),
        ("fence", Type::Int),
        ("kind", Type::Text),
        ("tool", Type::Text),
        ("effect", Type::Text),
        ("key", Type::Text),
        ("request_json", Type::Text),
        ("request_blob", Type::Text),
        ("at", Type::Int),
    ],
    "INSERT INTO steps (task_id, attempt, no, fence, kind, tool, effect, key, request_json, request_blob, \
         started_at) \
     SELECT task_id, attempt, no, fence, kind, tool, effect, key, request_json, request_blob, at FROM {rows} WHERE TRUE \
     ON CONFLICT (task_id, attempt, no) DO UPDATE SET fence = excluded.fence, started_at = excluded.started_at, \
             spent_at = CASE WHEN steps.approved_at IS NOT NULL THEN excluded.started_at END \
         WHERE steps.key = excluded.key AND steps.finished_at IS NULL \
     RETURNING task_id, attempt, no",
);

async fn record_intents(connection: &mut Connection, writes: &[&StepWrite]) -> Result<()> {
    let intents = writes.iter().filter_map(|write| Some((&write.lease, write.intent.as_ref()?)));
    let intents: Vec<(&RunLease, &StepIntent)> = intents.collect();
    let placed: Vec<Placed<'_>> =
        intents.iter().map(|(_, intent)| Placed::new(Some(&intent.request_json), intent.at)).collect();
    blobs::keep(connection, placed.iter()).await?;
    let rows =
        intents.iter().zip(&placed).map(|((lease, intent), placed)| intent_values(lease, intent, placed));
    let rows: Vec<_> = rows.collect();
    let wanted = rows.len();
    let recorded = INTENTS.run(connection, rows).await?.len();
    if recorded == wanted { Ok(()) } else { Err(Error::Conflict("the step")) }
}

fn intent_values<'a>(lease: &'a RunLease, intent: &'a StepIntent, placed: &'a Placed<'a>) -> Vec<Value<'a>> {
    vec![
        (&lease.task_id).into(),
        lease.attempt.into(),
        intent.no.into(),
        lease.fence.into(),
        intent.kind.as_str().into(),
        intent.tool.as_ref().into(),
        intent.effect.as_str().into(),
        (&intent.key).into(),
        placed.inline_or_blank(),
        placed.blob(),
        intent.at.into(),
    ]
}

pub(crate) static SUMS: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("steps", Type::Int),
        ("tokens_in", Type::Int),
        ("tokens_out", Type::Int),
        ("cost_micro", Type::Int),
    ],
    "UPDATE runs SET steps = CASE WHEN rows.steps > runs.steps THEN rows.steps ELSE runs.steps END, \
         tokens_in = runs.tokens_in + rows.tokens_in, tokens_out = runs.tokens_out + rows.tokens_out, \
         cost_micro = runs.cost_micro + rows.cost_micro \
     FROM {rows} WHERE runs.task_id = rows.task_id AND runs.attempt = rows.attempt",
);

#[derive(Default)]
struct Sums {
    steps: i64,
    tokens_in: i64,
    tokens_out: i64,
    cost: i64,
}

/// Adds to the runs what their new results cost. A result that was recorded before is not added again.
async fn add_up(
    connection: &mut Connection,
    writes: &[&StepWrite],
    recorded: &HashSet<StepPlace>,
) -> Result<()> {
    let mut sums: BTreeMap<(&TaskId, Attempt), Sums> = BTreeMap::new();
    for write in writes {
        let sum = sums.entry((&write.lease.task_id, write.lease.attempt)).or_default();
        sum.steps = sum.steps.max(write.intent.as_ref().map_or(0, |intent| intent.no));
        let result =
            write.result.as_ref().filter(|result| recorded.contains(&place(&write.lease, result.no)));
        if let Some(result) = result {
            sum.tokens_in += result.tokens_in;
            sum.tokens_out += result.tokens_out;
            sum.cost += result.cost.0;
        }
    }
    SUMS.run(connection, sums.into_iter().map(|(run, sum)| sum_values(run, sum)).collect()).await.map(drop)
}

fn sum_values((task_id, attempt): (&TaskId, Attempt), sum: Sums) -> Vec<Value<'_>> {
    vec![
        task_id.into(),
        attempt.into(),
        sum.steps.into(),
        sum.tokens_in.into(),
        sum.tokens_out.into(),
        sum.cost.into(),
    ]
}
