//! Why the orchestrator refused, named by what the caller can do about it. Knows no status codes.

use super::tenant_rates::Limited;
use service_api::problem::FieldError;
use task_model::{AgentId, ScheduleId, TaskId, TenantId};

/// A call that had no effect.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Correct the named fields.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// Say more, pick an agent, or force it.
    #[error("{}", .0.message)]
    Insufficient(Box<Insufficient>),
    /// Use another id, or send what was sent before.
    #[error("task {0} exists with other content")]
    TaskDiffers(TaskId),
    /// Use another id and another key, or send what was sent before.
    #[error("task {0} or this idempotency_key was used with other content")]
    KeyDiffers(TaskId),
    /// Wait: the tenant has had as many tasks accepted as it may.
    #[error("tenant {} has had {} tasks accepted within a minute, which is its limit", .0.tenant, .0.per_min)]
    TenantLimited(Limited),
    /// Use another key, or send what was sent before.
    #[error("this idempotency_key was used for other filters")]
    RedriveDiffers,
    /// Use another id: this one was done, and nobody can tell any more whether it was the same.
    #[error("task {0} or this idempotency_key was used by a task that was done and has been deleted since")]
    TaskPruned(TaskId),
    /// Check the id.
    #[error("there is no task {0}")]
    TaskUnknown(TaskId),
    /// Check the id.
    #[error("there is no agent {0}")]
    AgentUnknown(String),
    /// Check the id.
    #[error("there is no schedule {0}")]
    ScheduleUnknown(ScheduleId),
    /// Use another id, or send what was sent before.
    #[error("schedule {0} exists with other content")]
    ScheduleDiffers(ScheduleId),
    /// Read it again.
    #[error("schedule {0} was edited, paused or let go on in the meantime")]
    ScheduleChanged(ScheduleId),
    /// Delete some, or raise the limit.
    #[error("tenant {tenant} has {most} schedules, and may not have more")]
    SchedulesFull {
        /// Whose.
        tenant: TenantId,
        /// As configured.
        most: i64,
    },
    /// Judge the agent that did the task.
    #[error("task {task_id} was done by {actual}, not by {named}")]
    OtherAgent {
        /// The judged task.
        task_id: TaskId,
        /// Who the caller named.
        named: String,
        /// Who did it.
        actual: AgentId,
    },
    /// The task is not in a state in which this can be done.
    #[error("{0}")]
    WrongState(String),
    /// Come again when the execution API has published its agents.
    #[error("no agents are known yet")]
    RosterEmpty,
    /// Come again: the execution API has to be asked and does not answer.
    #[error(transparent)]
    Peer(#[from] service_client::Error),
    /// Ask the database, or come again.
    #[error("the database did not do as asked")]
    Storage(#[source] storage::Error),
    /// Come again: another replica changed the same thing at the same moment.
    #[error("another call changed this at the same moment")]
    Contended,
    /// Ours to repair.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What is known when no agent can be trusted with a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Insufficient {
    /// One sentence a person understands.
    pub message: String,
    /// The confidence in the best agent, 0–1.
    pub confidence: f64,
    /// The configured floor.
    pub min_required: f64,
    /// What to try.
    pub suggestion: String,
}

impl Error {
    /// The id, or the key, belongs to a request with other content.
    pub(crate) fn differs(task_id: TaskId, keyed: bool) -> Self {
        if keyed { Self::KeyDiffers(task_id) } else { Self::TaskDiffers(task_id) }
    }

    /// One wrong field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Invalid { field, why } => Self::field(field, why),
            other => Self::Storage(other),
        }
    }
}

fn summary(errors: &[FieldError]) -> String {
    let parts: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
    parts.join("; ")
}
