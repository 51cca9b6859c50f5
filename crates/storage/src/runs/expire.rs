//! Runs whose deadline passes while nobody drives them: they end then, not when somebody takes them up.

use task_model::{FailureCode, Micros};

use super::columns::tell;
use crate::sql::{Connection, built, sql};
use crate::{Result, Signal, Storage};

/// Those that nobody drives. One that a worker drives is stopped by it, and one that a person looks at waits for the person.
const LATE: &str = "finished_at IS NULL AND deadline_at <= $1 AND session_id IS NULL \
    AND status IN ('queued', 'waiting', 'paused')";

impl Storage {
    /// Fails up to `limit` runs whose deadline has passed while they were queued, waiting or paused; returns how many. The
    /// agent is never blamed: a pause is nobody's fault, and a queue that is too long the infrastructure's. A look that finds
    /// nothing costs no commit.
    pub async fn runs_expire(&self, now: Micros, limit: usize) -> Result<usize> {
        let look = built(format!("SELECT 1 AS one FROM runs WHERE {LATE} LIMIT 1"));
        if look.bind(now).row(&mut self.read().await?).await?.is_none() {
            return Ok(0);
        }
        let signals = &[Signal::RunFinished, Signal::TaskChanged];
        self.write((now, limit), signals, |connection, args| Box::pin(expire(connection, args))).await
    }
}

async fn expire(connection: &mut Connection, (now, limit): &(Micros, usize)) -> Result<usize> {
    let lock = connection.choose("", "FOR UPDATE SKIP LOCKED");
    let late = built(format!(
        "SELECT task_id, attempt FROM runs WHERE {LATE} ORDER BY deadline_at, task_id, attempt LIMIT CAST($2 AS BIGINT) {lock}"
    ));
    let rows = late.bind(*now).bind(*limit).rows(connection).await?;
    const END: &str = "UPDATE runs SET status = 'failed', error_code = $1, \
                           error_message = 'the deadline of the task passed before it was done', \
                           blame = CASE WHEN status = 'paused' THEN 'nobody' ELSE 'infrastructure' END, \
                           finished_at = $2, pause_at = NULL, fence = fence + 1 \
                       WHERE task_id = $3 AND attempt = $4";
    let mut ended = Vec::with_capacity(rows.len());
    for row in &rows {
        let (task_id, attempt) = (row.task_id()?, row.attempt("attempt")?);
        let end = sql(END).bind(FailureCode::DEADLINE).bind(*now).bind(&task_id).bind(attempt);
        end.execute(connection).await?;
        ended.push((task_id, attempt));
    }
    tell(connection, "finished", ended.iter().map(|(task_id, attempt)| (task_id, *attempt, *now))).await?;
    Ok(ended.len())
}
