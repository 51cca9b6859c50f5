//! The end of an attempt that another one follows.

use task_model::TaskStatus;

use super::outcomes::forget;
use crate::experiences::append;
use crate::sql::{Connection, sql};
use crate::tasks::assign::append_decisions;
use crate::tasks::history::{NewEvent, append_events};
use crate::{Error, Result, SettleRetry, Settled, Signal, Storage};

impl Storage {
    /// Ends an attempt and begins the next: experience, decision and outbox in one transaction, once per (task, attempt).
    pub async fn task_settle_retry(&self, retry: SettleRetry) -> Result<Settled> {
        let signals = &[Signal::TaskChanged, Signal::DispatchDue, Signal::ExperienceAdded];
        self.write_log(retry, signals, |connection, retry| Box::pin(begin_next(connection, retry))).await
    }
}

const NEXT: &str = "UPDATE tasks SET status = 'assigned', attempt = attempt + 1, agent_id = $1, updated_at = $2, \
                        dispatch_due_at = $3, dispatch_tries = 0, dispatch_error = NULL, error_code = NULL, \
                        error_message = NULL \
                    WHERE task_id = $4 AND attempt = $5 AND status NOT IN ('completed', 'failed', 'cancelled')";

async fn begin_next(connection: &mut Connection, retry: &SettleRetry) -> Result<Settled> {
    let SettleRetry { task_id, attempt, decision, .. } = retry;
    let next =
        sql(NEXT).bind(&decision.agent_id).bind(retry.at).bind(retry.due_at).bind(task_id).bind(*attempt);
    let moved = next.execute(connection).await? > 0;
    if !moved {
        let known =
            sql("SELECT 1 AS one FROM tasks WHERE task_id = $1").bind(task_id).row(connection).await?;
        known.ok_or(Error::NotFound("task"))?;
    }
    forget(connection, &[(task_id.clone(), *attempt)]).await?;
    if !moved {
        return Ok(Settled::Already);
    }
    append_decisions(connection, std::iter::once((task_id, attempt.next(), decision))).await?;
    let why = retry.error.as_ref().map(|error| format!("attempt {} failed: {}", attempt.0, error.code));
    let event = NewEvent::new(task_id, attempt.next(), TaskStatus::Assigned, retry.at).detail(why.as_deref());
    append_events(connection, std::iter::once(event)).await?;
    let places = append(connection, retry.experience.iter()).await?;
    Ok(Settled::Done { experience_seq: places.into_values().next() })
}
