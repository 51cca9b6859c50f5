//! Runs that clients inserted directly at the execution API, and the tasks that are made for them.

use task_model::{Attempt, TaskStatus};

use super::assign::{Place, insert, stored};
use crate::runs::columns::{RUN, record};
use crate::sql::{Connection, built, sql};
use crate::{Assigned, Assignment, Result, RunRecord, Signal, Storage};

impl Storage {
    /// Runs that were inserted at the execution API without a task.
    pub async fn runs_unadopted(&self, limit: usize) -> Result<Vec<RunRecord>> {
        let select = built(format!(
            "SELECT {RUN} FROM run_events e JOIN runs r ON r.task_id = e.task_id AND r.attempt = e.attempt \
             WHERE e.kind = 'created' ORDER BY e.seq LIMIT CAST($1 AS BIGINT)"
        ));
        let rows = select.bind(limit).rows(&mut self.read().await?).await?;
        rows.iter().map(record).collect()
    }

    /// Makes such a run's task: status `queued`, nothing to dispatch. `attempt` is the run's.
    pub async fn task_adopt(&self, assignment: Assignment, attempt: Attempt) -> Result<Assigned> {
        let signals = &[Signal::TaskChanged, Signal::RunFinished];
        self.write((assignment, attempt), signals, |connection, args| Box::pin(adopt(connection, args))).await
    }
}

async fn adopt(
    connection: &mut Connection,
    (assignment, attempt): &(Assignment, Attempt),
) -> Result<Assigned> {
    let place = Place { status: TaskStatus::Queued, attempt: *attempt, dispatched: true };
    let fresh = insert(connection, &[assignment], place).await?;
    const NOTICED: &str = "DELETE FROM run_events WHERE kind = 'created' AND task_id = $1 AND attempt = $2";
    sql(NOTICED).bind(&assignment.task.task_id).bind(*attempt).execute(connection).await?;
    if !fresh.is_empty() {
        return Ok(Assigned::New);
    }
    let task = &assignment.task;
    stored(connection, &task.task_id, task.idempotency_key.as_deref(), &task.content_hash).await
}
