//! Ending runs: last step result, end and outcome event in one transaction, under the fence.

use std::collections::HashSet;

use super::columns::tell;
use crate::blobs::{self, Placed};
use crate::sql::{BatchSql, Connection, Type, Value};
use crate::steps::write::{StepWrite, write_steps};
use crate::writer::group::{Manner, Run};
use crate::{Error, Result, RunEnd, RunLease, Signal, StepResult, Storage};

/// A run, its last result and its end.
pub(crate) struct Finish {
    lease: RunLease,
    last: Option<StepWrite>,
    end: RunEnd,
}

impl Storage {
    /// Ends a run: last step result, end and outcome event in one transaction. [`Error::Stale`] when the lease was lost.
    pub async fn run_finish(&self, lease: RunLease, last: Option<StepResult>, end: RunEnd) -> Result<()> {
        let last = last.map(|result| StepWrite { lease: lease.clone(), result: Some(result), intent: None });
        self.desk().lanes.finish.call(Finish { lease, last, end }, &self.desk().arrived).await
    }
}

pub(crate) const MANNER: Manner<Finish, ()> = Manner {
    run: Run::Batched(|connection, finishes| Box::pin(finish(connection, finishes))),
    signals: &[Signal::RunFinished, Signal::TaskChanged, Signal::StepAdded],
    appends_to_log: false,
};

pub(crate) static END: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("fence", Type::Int),
        ("status", Type::Text),
        ("result_json", Type::Text),
        ("result_blob", Type::Text),
        ("error_code", Type::Text),
        ("error_message", Type::Text),
        ("blame", Type::Text),
        ("at", Type::Int),
    ],
    // The fence moves on, so that nothing can be written to a run that has ended.
    "UPDATE runs SET status = rows.status, result_json = rows.result_json, result_blob = rows.result_blob, \
         error_code = rows.error_code, \
         error_message = rows.error_message, blame = rows.blame, finished_at = rows.at, session_id = NULL, \
         fence = runs.fence + 1 \
     FROM {rows} WHERE runs.task_id = rows.task_id AND runs.attempt = rows.attempt AND runs.fence = rows.fence \
         AND runs.session_id IS NOT NULL \
     RETURNING runs.task_id, runs.attempt",
);

async fn finish(connection: &mut Connection, finishes: &[&Finish]) -> Result<Vec<Result<()>>> {
    let last: Vec<&StepWrite> = finishes.iter().filter_map(|finish| finish.last.as_ref()).collect();
    let written = write_steps(connection, &last).await?;
    // A result that cannot be recorded must not leave an ended run behind: then each is tried alone.
    if let Some(error) =
        written.into_iter().filter_map(Result::err).find(|error| !matches!(error, Error::Stale))
    {
        return Err(error);
    }
    let mut rows: Vec<&Finish> = finishes.to_vec();
    rows.sort_by_key(|finish| (&finish.lease.task_id, finish.lease.attempt));
    let placed: Vec<Placed<'_>> = rows.iter().map(|finish| place(finish)).collect();
    blobs::keep(connection, placed.iter()).await?;
    let rows = rows.into_iter().zip(&placed).map(|(finish, placed)| values(finish, placed));
    let ended = END.run(connection, rows.collect()).await?;
    let mut ended: HashSet<(String, i64)> =
        ended.iter().map(|row| Ok((row.text("task_id")?, row.int("attempt")?))).collect::<Result<_>>()?;
    let mut answers = Vec::with_capacity(finishes.len());
    let mut done = Vec::new();
    for finish in finishes {
        let lease = &finish.lease;
        if ended.remove(&(lease.task_id.as_str().to_owned(), lease.attempt.0)) {
            done.push((&lease.task_id, lease.attempt, finish.end.finished_at));
            answers.push(Ok(()));
        } else {
            answers.push(Err(Error::Stale));
        }
    }
    tell(connection, "finished", done.into_iter()).await?;
    Ok(answers)
}

fn place(Finish { end, .. }: &Finish) -> Placed<'_> {
    Placed::new(end.result_json.as_deref(), end.finished_at)
}

fn values<'a>(Finish { lease, end, .. }: &'a Finish, placed: &'a Placed<'a>) -> Vec<Value<'a>> {
    vec![
        (&lease.task_id).into(),
        lease.attempt.into(),
        lease.fence.into(),
        end.status.as_str().into(),
        placed.inline(),
        placed.blob(),
        end.error.as_ref().map(|error| &error.code).into(),
        end.error.as_ref().map(|error| &error.message).into(),
        end.blame.map(|blame| blame.as_str()).into(),
        end.finished_at.into(),
    ]
}
