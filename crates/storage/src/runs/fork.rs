//! Forking: a new run whose first steps are copies of another's.

use task_model::{Attempt, TaskId};

use super::insert::insert;
use crate::sql::{Connection, sql};
use crate::{Error, Inserted, NewRun, Result, Signal, Storage};

impl Storage {
    /// Inserts a run that begins with the finished ones of the first `steps` steps of another run. What the copies cost was
    /// paid there: here they cost nothing.
    pub async fn run_fork(&self, run: NewRun, from: (TaskId, Attempt), steps: i64) -> Result<Inserted> {
        let signals = &[Signal::RunQueued, Signal::TaskChanged, Signal::RunFinished];
        self.write((run, from, steps), signals, |connection, args| Box::pin(fork(connection, args))).await
    }
}

type Fork = (NewRun, (TaskId, Attempt), i64);

async fn fork(connection: &mut Connection, (run, (task_id, attempt), steps): &Fork) -> Result<Inserted> {
    let inserted = insert(connection, &[run]).await?.pop().unwrap_or(Err(Error::NotFound("run")))?;
    if inserted != Inserted::New {
        return Ok(inserted);
    }
    const COPY: &str = "INSERT INTO steps (task_id, attempt, no, fence, kind, tool, effect, key, request_json, request_blob, started_at, \
                            finished_at, result_json, result_blob, error, model, duration_us) \
                        SELECT $1, $2, no, 0, kind, tool, effect, key, request_json, request_blob, started_at, finished_at, \
                            result_json, result_blob, error, model, duration_us \
                        FROM steps WHERE task_id = $3 AND attempt = $4 AND no <= $5 AND finished_at IS NOT NULL";
    let copy = sql(COPY).bind(&run.task_id).bind(run.attempt).bind(task_id).bind(*attempt).bind(*steps);
    copy.execute(connection).await?;
    const COUNT: &str = "UPDATE runs SET steps = (SELECT COALESCE(MAX(no), 0) FROM steps WHERE task_id = $1 AND attempt = $2) \
                         WHERE task_id = $1 AND attempt = $2";
    sql(COUNT).bind(&run.task_id).bind(run.attempt).execute(connection).await?;
    Ok(Inserted::New)
}
